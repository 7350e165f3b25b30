package dev.secateur.artifact;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Touches files each minute while they are in use, so that other processes know that they are
 * neither leftovers nor unused.
 */
public final class Touching implements AutoCloseable {
  /** What was touched since is worked with. */
  static final Duration WORKED_WITH = Duration.ofMinutes(10);

  private static final Duration EVERY = Duration.ofMinutes(1);

  private final Set<Path> files = ConcurrentHashMap.newKeySet();
  private final Thread thread;

  Touching() {
    this(EVERY);
  }

  Touching(Duration every) {
    thread = new Thread(() -> run(every), "touch-artifacts");
    thread.setDaemon(true);
    thread.start();
  }

  /** One more, from now on. */
  void add(Path file) {
    files.add(file);
    touch(file);
  }

  private void run(Duration every) {
    try {
      while (true) {
        Thread.sleep(every.toMillis());
        files.forEach(Touching::touch);
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  /** A file that is not there, or is another's, is left as it is. */
  static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // it only seems to be used less
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
