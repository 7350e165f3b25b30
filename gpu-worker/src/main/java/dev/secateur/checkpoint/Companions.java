package dev.secateur.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The base's files that are copied to a new checkpoint: tokenizers, chat templates, generation
 * settings, code, licences. Every small file of the base is one unless it holds weights, says where
 * weights are, or describes what the new checkpoint is not; folders count one level deep, and links
 * are followed.
 */
final class Companions {
  /** The largest file that goes along, in bytes; the largest known tokenizers have 35 MB. */
  static final long LARGEST = 64L << 20;

  private static final Pattern WEIGHTS =
      Pattern.compile(
          "(?i).*\\.(safetensors|bin|pt|pth|ckpt|pkl|h5|msgpack|gguf|ggml|onnx|onnx_data|tflite|npz|npy)"
              + "|.*\\.index\\.json");

  /**
   * Files that are written again, or that apply to the base only, such as the manifest of an
   * artifact.
   */
  private static final Set<String> OWN =
      Set.of(
          "config.json",
          "recipe.json",
          ProvenanceFile.NAME,
          RemoteCode.FILE,
          "adapter_config.json",
          "artifact.json");

  private Companions() {}

  /**
   * Copies them; a file that the target has already stays as it is.
   *
   * @param base the folder of the checkpoint that the new one was made from
   * @return what was left out although it may be wanted, each with the reason
   */
  static List<String> copy(Path base, Path target) throws IOException {
    List<String> leftOut = new ArrayList<>();
    if (Files.isSameFile(base, target)) {
      return leftOut;
    }
    for (Path entry : entries(base)) {
      Path copy = target.resolve(entry.getFileName().toString());
      if (!Files.isDirectory(entry)) {
        copyFile(entry, copy, leftOut);
      } else if (!Files.isSameFile(entry, target) && entries(entry).stream().noneMatch(WEIGHED)) {
        for (Path inner : entries(entry)) {
          if (!Files.isDirectory(inner)) {
            copyFile(inner, copy.resolve(inner.getFileName().toString()), leftOut);
          }
        }
      }
    }
    return leftOut;
  }

  /** A folder with weights is another model's. */
  private static final Predicate<Path> WEIGHED =
      path -> WEIGHTS.matcher(path.getFileName().toString()).matches();

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(path -> !path.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  private static void copyFile(Path file, Path copy, List<String> leftOut) throws IOException {
    if (WEIGHED.test(file) || OWN.contains(file.getFileName().toString()) || Files.exists(copy)) {
      return;
    }
    if (!Files.isRegularFile(file)) {
      leftOut.add(file + ": not copied: no such file, or not a regular one");
    } else if (Files.size(file) > LARGEST) {
      leftOut.add(file + ": not copied: larger than " + (LARGEST >> 20) + " MiB");
    } else {
      AtomicFile.write(copy, to -> copy(file, to));
    }
  }

  private static void copy(Path file, FileChannel to) throws IOException {
    try (FileChannel from = FileChannel.open(file)) {
      long done = 0;
      for (long more = -1; more != 0; done += more) {
        more = from.transferTo(done, Long.MAX_VALUE - done, to);
      }
    }
  }
}
