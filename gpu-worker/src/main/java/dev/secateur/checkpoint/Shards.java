package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint's tensors, shared out among files in their order, as Hugging Face's own tools do.
 *
 * @param files the tensors of each
 */
record Shards(List<List<SafetensorsWriter.Tensor>> files) {
  /** What Hugging Face's own tools put into one file at most. */
  static final long MOST_BYTES = 5_000_000_000L;

  /**
   * Fills one file after the other.
   *
   * @param most the bytes of tensors in one file; a larger tensor has a file of its own
   */
  static Shards of(List<SafetensorsWriter.Tensor> tensors, long most) {
    List<List<SafetensorsWriter.Tensor>> files = new ArrayList<>();
    long filled = 0;
    for (SafetensorsWriter.Tensor tensor : tensors) {
      if (files.isEmpty() || tensor.bytes() > most - filled) {
        files.add(new ArrayList<>());
        filled = 0;
      }
      files.get(files.size() - 1).add(tensor);
      filled += tensor.bytes();
    }
    return new Shards(files);
  }

  /** What all tensors take, without the files' headers. */
  long bytes() {
    return files.stream().flatMap(List::stream).mapToLong(SafetensorsWriter.Tensor::bytes).sum();
  }

  /** One file, or several with an index. */
  void write(Path folder) throws IOException {
    if (files.size() == 1) {
      write(folder.resolve(Checkpoint.SINGLE), files.get(0));
      return;
    }
    ObjectNode index = Json.object();
    index.putObject("metadata").put("total_size", bytes());
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < files.size(); i++) {
      String name = String.format("model-%05d-of-%05d.safetensors", i + 1, files.size());
      write(folder.resolve(name), files.get(i));
      files.get(i).forEach(tensor -> map.put(tensor.name(), name));
    }
    AtomicFile.write(folder.resolve(Checkpoint.INDEX), index.toPrettyString() + "\n");
  }

  private static void write(Path file, List<SafetensorsWriter.Tensor> tensors) throws IOException {
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
  }
}
