package dev.secateur.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** A process that wants a file's turn once. */
final class LockingProcess {
  private LockingProcess() {}

  /** Whether another process gets the turn. */
  static boolean takes(Path file) throws IOException, InterruptedException {
    return new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LockingProcess.class.getName(),
                file.toString())
            .inheritIO()
            .start()
            .waitFor()
        == 0;
  }

  public static void main(String[] arguments) throws IOException {
    System.exit(FileLocks.tryTake(Path.of(arguments[0])).isPresent() ? 0 : 3);
  }
}
