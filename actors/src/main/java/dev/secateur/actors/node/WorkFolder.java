package dev.secateur.actors.node;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder below which Secateur keeps everything: artifacts, journal, extracted models, runs. */
public record WorkFolder(Path root) {
  private static final long LEAST_FREE_BYTES = 64L << 20;

  /**
   * Makes the folder where it is missing.
   *
   * @param name a path; a leading ~ is the home folder
   * @throws InputException when it can't be written to, or its disk is full
   */
  public static WorkFolder open(String name) {
    Path root =
        Path.of(name.replaceFirst("^~(?=/|$)", System.getProperty("user.home")))
            .toAbsolutePath()
            .normalize();
    try {
      Files.createDirectories(root);
      Files.delete(Files.createTempFile(root, ".probe", ""));
      long free = Files.getFileStore(root).getUsableSpace();
      if (free < LEAST_FREE_BYTES) {
        throw new InputException(
            root
                + ": only "
                + (free >> 20)
                + " MiB are free on its disk, too few to work with; choose another with --work");
      }
    } catch (IOException e) {
      throw new InputException(
          root
              + ": the work folder can't be written to ("
              + e.getClass().getSimpleName()
              + "); choose another with --work",
          e);
    }
    return new WorkFolder(root);
  }

  public Path artifacts() {
    return root.resolve("artifacts");
  }

  public Path models() {
    return root.resolve("models");
  }

  public Path runs() {
    return root.resolve("runs");
  }

  public Path journal() {
    return root.resolve("journal");
  }
}
