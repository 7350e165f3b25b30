package dev.secateur.source;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.HashCache;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.protocol.InputException;
import dev.secateur.text.TextFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** SHA-256 of the files that a sweep names; stage keys contain them. */
public final class SourceHashes {
  private SourceHashes() {}

  /** What decides which tokens texts begin and end with. */
  private static final List<String> SETTINGS =
      List.of("generation_config.json", "tokenizer_config.json");

  /**
   * Of everything that decides what a checkpoint's model computes, and what it is asked.
   *
   * @throws InputException when it is no complete checkpoint
   */
  public static String model(Path folder) {
    Checkpoint checkpoint = Checkpoint.open(folder);
    checkpoint.check();
    StringBuilder hashes = new StringBuilder();
    checkpoint.hashes().forEach((file, hash) -> hashes.append(file + " " + hash + "\n"));
    try {
      for (String name : SETTINGS) {
        if (Files.isRegularFile(folder.resolve(name))) {
          hashes.append(name).append(' ').append(Sha256.of(folder.resolve(name))).append('\n');
        }
      }
    } catch (IOException e) {
      throw new InputException(folder + ": can't be read: " + e.getMessage(), e);
    }
    return Sha256.of(hashes.toString());
  }

  /** Of a text, and which of its columns is meant. */
  public static String text(TextFile text) {
    String column = text.namesColumn() ? "#" + text.named() : "";
    try {
      return HashCache.of(text.file()) + column;
    } catch (IOException e) {
      throw new InputException(text.file() + ": can't be read: " + e.getMessage(), e);
    }
  }

  /** Of all files of a folder of tasks. */
  public static String tasks(Path folder) {
    StringBuilder hashes = new StringBuilder();
    try {
      for (Path file : files(folder)) {
        hashes.append(file.getFileName()).append(' ').append(HashCache.of(file)).append('\n');
      }
    } catch (IOException e) {
      throw new InputException(folder + ": can't be read: " + e.getMessage(), e);
    }
    return Sha256.of(hashes.toString());
  }

  /** The files of a folder, sorted, or the file itself; hidden ones may be in the making. */
  static List<Path> files(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return List.of(place);
    }
    try (Stream<Path> listed = Files.list(place)) {
      return listed
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }
}
