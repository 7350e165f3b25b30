package dev.secateur.actors.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Memory, threads and open files of all processes of a cluster, read again and again. */
final class ProcessSizes implements AutoCloseable {
  private static final long POLL_MILLIS = 5000;
  private static final Duration WARM = Duration.ofMinutes(1);

  /** What a worker may take that had no stage to compute in its first minute. */
  private static final long MEMORY_KIB = 512 << 10;

  private static final long THREADS = 40;
  private static final long FILES = 80;

  /**
   * @param memory resident, in KiB
   */
  record Size(Duration age, long memory, long threads, long files) {
    @Override
    public String toString() {
      return "%d MiB, %d threads, %d files at %d s"
          .formatted(memory >> 10, threads, files, age.toSeconds());
    }
  }

  private record Measured(String name, List<Size> sizes) {}

  private final SoakCluster cluster;
  private final Map<Long, Measured> processes = new HashMap<>();
  private final Thread thread = new Thread(this::run, "process sizes");

  ProcessSizes(SoakCluster cluster) {
    this.cluster = cluster;
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        cluster.nodes().forEach(node -> node.processes().forEach(each -> read(node, each)));
        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void read(SupervisedNode node, ProcessHandle process) {
    Optional<Instant> start = process.info().startInstant();
    if (start.isPresent()) {
      Duration age = Duration.between(start.get(), Instant.now());
      size(process.pid(), age)
          .ifPresent(
              size ->
                  processes
                      .computeIfAbsent(
                          process.pid(),
                          pid -> new Measured(node.name() + ", process " + pid, new ArrayList<>()))
                      .sizes()
                      .add(size));
    }
  }

  private static Optional<Size> size(long pid, Duration age) {
    Path folder = Path.of("/proc", Long.toString(pid));
    try (Stream<Path> files = Files.list(folder.resolve("fd"))) {
      List<String> status = Files.readAllLines(folder.resolve("status"));
      return Optional.of(
          new Size(age, number(status, "VmRSS"), number(status, "Threads"), files.count()));
    } catch (IOException | UncheckedIOException | IllegalStateException e) {
      return Optional.empty(); // it has ended
    }
  }

  private static long number(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name));
  }

  /** Processes that run, and have outgrown what they were a minute after their start. */
  synchronized List<String> outgrown() {
    List<String> outgrown = new ArrayList<>();
    for (Measured process : alive()) {
      Size warm =
          process.sizes().stream()
              .filter(size -> size.age().compareTo(WARM) >= 0)
              .findFirst()
              .orElseThrow();
      Size last = last(process);
      if (grew(warm, last, Size::memory, MEMORY_KIB)
          || grew(warm, last, Size::threads, THREADS)
          || grew(warm, last, Size::files, FILES)) {
        outgrown.add(process.name() + ": " + warm + ", then " + last);
      }
    }
    return outgrown;
  }

  /** Half as much again, and something on top, is still as before. */
  private static boolean grew(Size warm, Size last, ToLongFunction<Size> what, long slack) {
    return what.applyAsLong(last) > what.applyAsLong(warm) * 3 / 2 + slack;
  }

  /** How many processes are old enough to be judged. */
  synchronized int judged() {
    return alive().size();
  }

  private List<Measured> alive() {
    return processes.entrySet().stream()
        .filter(entry -> ProcessHandle.of(entry.getKey()).isPresent())
        .map(Map.Entry::getValue)
        .filter(process -> last(process).age().compareTo(WARM.multipliedBy(2)) >= 0)
        .toList();
  }

  private static Size last(Measured process) {
    return process.sizes().get(process.sizes().size() - 1);
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
