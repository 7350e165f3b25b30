package dev.secateur.checkpoint;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A thread that loads tensors into memory before they are needed, while other threads compute. */
final class ReadAhead implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  private final Consumer<String> read;
  private final Map<String, Future<?>> expected = new HashMap<>();
  private final AtomicLong readNanos = new AtomicLong();
  private long waitedNanos;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "read-ahead");
            made.setDaemon(true);
            return made;
          });

  /**
   * @param read brings the tensor of a name into memory
   */
  ReadAhead(Consumer<String> read) {
    this.read = read;
  }

  /** Has tensors read in this order; what was expected before and is not begun is not read. */
  void expect(Collection<String> names) {
    expected.values().forEach(future -> future.cancel(false));
    expected.clear();
    for (String name : names) {
      expected.put(name, thread.submit(() -> read(name)));
    }
  }

  /** Returns when a tensor is in memory: it is waited for, or read now where nobody expected it. */
  void await(String name) {
    long start = System.nanoTime();
    Future<?> future = expected.remove(name);
    try {
      if (future == null) {
        read(name);
      } else {
        future.get();
      }
    } catch (CancellationException | ExecutionException e) {
      // The user of the tensor meets the same error, and reports it.
      LOG.debug("reading ahead failed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      waitedNanos += System.nanoTime() - start;
    }
  }

  private void read(String name) {
    long start = System.nanoTime();
    read.accept(name);
    readNanos.addAndGet(System.nanoTime() - start);
  }

  /** How long was read, and of that how long somebody waited, in nanoseconds. */
  long[] nanos() {
    return new long[] {readNanos.get(), waitedNanos};
  }

  @Override
  public void close() {
    expect(List.of());
    thread.shutdown();
    try {
      thread.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
