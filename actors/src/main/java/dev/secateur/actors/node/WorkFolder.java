package dev.secateur.actors.node;

import dev.secateur.checkpoint.DiskSpace;
import dev.secateur.checkpoint.HashCache;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The folder below which Secateur keeps everything: artifacts, journal, extracted models, runs. */
public record WorkFolder(Path root) {
  static final long LEAST_FREE_BYTES = 64L << 20;

  /**
   * Makes the folder where it is missing, and keeps hashes of files in it from then on.
   *
   * @param name a path; a leading ~ is the home folder
   * @throws InputException when it can't be written to
   * @throws UncheckedIOException when its disk is full
   */
  public static WorkFolder open(String name) {
    Path root = path(name);
    checkSpace(root);
    try {
      Files.createDirectories(root);
      Files.delete(Files.createTempFile(root, ".probe", ""));
      HashCache.keepIn(root.resolve("hashes"));
    } catch (IOException e) {
      throw new InputException(
          root
              + ": the work folder can't be written to ("
              + reason(e)
              + "); choose another with --work",
          e);
    }
    return new WorkFolder(root);
  }

  /** Where the folder of that name is, or would be. */
  public static Path path(String name) {
    return Path.of(name.replaceFirst("^~(?=/|$)", System.getProperty("user.home")))
        .toAbsolutePath()
        .normalize();
  }

  private static void checkSpace(Path root) {
    long free;
    try {
      free = DiskSpace.free(root);
    } catch (IOException e) {
      return; // whether it can be written to is tried next
    }
    if (free < LEAST_FREE_BYTES) {
      String problem =
          root
              + ": only "
              + (free >> 20)
              + " MiB are free on its disk, too little to work with; choose another with --work";
      throw new UncheckedIOException(problem, new IOException(problem));
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    } else if (e instanceof FileAlreadyExistsException) {
      return "it is a file";
    }
    return e instanceof FileSystemException file && file.getReason() != null
        ? file.getReason()
        : "its disk can't be used";
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

  public Path logs() {
    return root.resolve("logs");
  }

  public Path journal() {
    return root.resolve("journal");
  }
}
