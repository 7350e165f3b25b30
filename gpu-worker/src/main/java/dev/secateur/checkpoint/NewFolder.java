package dev.secateur.checkpoint;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Creates a folder that appears with all of its content, or not at all. */
public final class NewFolder {
  /** How long the end of the process waits for a writer that computes. */
  private static final int PATIENCE_SECONDS = 2;

  private NewFolder() {}

  /** What is put into the folder. */
  @FunctionalInterface
  public interface Content {
    void write(Path folder) throws IOException;
  }

  /**
   * Writes into a folder beside the target and renames it. Where the process is interrupted
   * meanwhile, that folder is deleted as it ends.
   *
   * @throws InputException when the target is there already and not an empty folder
   */
  public static void write(Path target, Content content) throws IOException {
    Path whole = target.toAbsolutePath().normalize();
    check(whole);
    Files.createDirectories(whole.getParent());
    Part part =
        new Part(whole.resolveSibling("." + whole.getFileName() + ".part-" + UUID.randomUUID()));
    Thread atExit = new Thread(part::abandon, "new-folder");
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      Files.createDirectory(part.folder);
      content.write(part.folder);
      part.moveTo(whole);
    } catch (IOException e) {
      throw part.isAbandoned() ? new IOException(target + ": not written: interrupted", e) : e;
    } finally {
      forget(atExit);
      delete(part.folder);
      part.written.countDown();
    }
  }

  /** A folder in the making, by the thread that makes this object. */
  private static final class Part {
    private final Path folder;
    private final Thread writer = Thread.currentThread();
    private final CountDownLatch written = new CountDownLatch(1);
    private boolean abandoned;

    private Part(Path folder) {
      this.folder = folder;
    }

    private synchronized boolean isAbandoned() {
      return abandoned;
    }

    private synchronized void moveTo(Path target) throws IOException {
      if (abandoned) {
        throw new IOException(folder + ": abandoned");
      }
      Files.move(
          folder, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** An interrupted writer fails at its next file, and deletes what there is. */
    private void abandon() {
      synchronized (this) {
        abandoned = true;
      }
      writer.interrupt();
      try {
        if (!written.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          delete(folder);
        }
      } catch (IOException | UncheckedIOException | InterruptedException e) {
        // Nobody is left to tell; what could not be deleted has a name that says what it is.
      }
    }
  }

  private static void forget(Thread atExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process ends: the hook runs already.
    }
  }

  /**
   * @throws InputException when the target is there already and not an empty folder
   */
  public static void check(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    boolean empty = Files.isDirectory(target);
    if (empty) {
      try (Stream<Path> entries = Files.list(target)) {
        empty = entries.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new InputException(target + ": already exists; choose another folder or remove it");
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
