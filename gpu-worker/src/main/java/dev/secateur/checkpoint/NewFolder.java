package dev.secateur.checkpoint;

import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** Makes a folder that appears with all of its content, or not at all. */
public final class NewFolder {
  private NewFolder() {}

  /** What is put into the folder. */
  @FunctionalInterface
  public interface Content {
    void write(Path folder) throws IOException;
  }

  /**
   * Writes into a folder beside the target and renames it.
   *
   * @throws InputException when the target is there already and not an empty folder
   */
  public static void write(Path target, Content content) throws IOException {
    Path whole = target.toAbsolutePath().normalize();
    check(whole);
    Files.createDirectories(whole.getParent());
    Path part = whole.resolveSibling("." + whole.getFileName() + ".part-" + UUID.randomUUID());
    Files.createDirectory(part);
    try {
      content.write(part);
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      delete(part);
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
      throw new InputException(target + ": is there already; choose another folder or remove it");
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
