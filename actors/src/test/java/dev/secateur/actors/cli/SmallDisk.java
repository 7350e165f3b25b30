package dev.secateur.actors.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of 70 MiB; needs the right to mount one. */
public record SmallDisk(Path folder) implements AutoCloseable {
  /** Mounts one at a new folder, or has the test skipped. */
  public static SmallDisk at(Path folder) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=70m", "tmpfs", folder.toString()) == 0,
        "no right to mount a small disk: skipped");
    return new SmallDisk(folder);
  }

  /** Writes until it is full. */
  public void fill() throws IOException, InterruptedException {
    run("dd", "if=/dev/zero", "of=" + folder.resolve("full"), "bs=64k");
  }

  /** There is room again. */
  public void free() throws IOException {
    Files.delete(folder.resolve("full"));
  }

  @Override
  public void close() throws IOException, InterruptedException {
    run("umount", "-l", folder.toString()); // a file that is mapped still goes once it is collected
  }

  private static int run(String... words) throws InterruptedException {
    try {
      return new ProcessBuilder(words)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // there is no such command
    }
  }
}
