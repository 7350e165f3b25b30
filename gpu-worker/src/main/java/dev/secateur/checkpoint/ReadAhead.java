package dev.secateur.checkpoint;

import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that reads what will be asked for next, while others compute. */
final class ReadAhead implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReadAhead.class);

  private final AtomicLong newest = new AtomicLong();
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread made = new Thread(task, "read-ahead");
            made.setDaemon(true);
            return made;
          });

  /** Has pieces read in this order; what is left of those asked for before is dropped. */
  void next(List<Runnable> pieces) {
    long request = newest.incrementAndGet();
    for (Runnable piece : pieces) {
      thread.execute(
          () -> {
            if (newest.get() == request) {
              run(piece);
            }
          });
    }
  }

  /** Whoever needs the piece itself meets the same trouble, and says it. */
  private static void run(Runnable piece) {
    try {
      piece.run();
    } catch (RuntimeException e) {
      LOG.debug("reading ahead failed", e);
    }
  }

  @Override
  public void close() {
    newest.incrementAndGet();
    thread.shutdown();
    try {
      thread.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
