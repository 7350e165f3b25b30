package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Model;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes a model as a Hugging Face checkpoint folder. */
public final class CheckpointWriter {
  /** What Hugging Face's own tools put into one file at most. */
  private static final long SHARD_BYTES = 5_000_000_000L;

  private CheckpointWriter() {}

  /**
   * Writes weights and config, and copies the base's other small files: its tokenizer, templates,
   * code, licence.
   *
   * @param base the checkpoint that the model was made from
   * @param type the element type to store: F32, F16 or BF16
   */
  public static WrittenCheckpoint write(Model model, Checkpoint base, ElementType type, Path folder)
      throws IOException {
    WrittenCheckpoint written = write(model, type, folder);
    List<String> leftOut = Companions.copy(base.folder(), folder);
    return new WrittenCheckpoint(written.modelType(), written.problem(), leftOut);
  }

  /** Writes weights and the config of the model's decoder. */
  public static WrittenCheckpoint write(Model model, ElementType type, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    StockConfig stock = StockConfig.of(model.decoder());
    ObjectNode config = stock.json();
    config.put("dtype", torchName(type));
    config.remove("torch_dtype");
    writeWeights(model, type, folder, SHARD_BYTES);
    AtomicFile.write(
        folder.resolve("config.json"),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
    return new WrittenCheckpoint(config.path("model_type").asText(), stock.problem(), List.of());
  }

  private static String torchName(ElementType type) {
    return switch (type) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }

  /** One file, or several with an index where all of it is larger than {@code most} bytes. */
  static void writeWeights(Model model, ElementType type, Path folder, long most)
      throws IOException {
    List<List<SafetensorsWriter.Tensor>> shards = new ArrayList<>();
    long bytes = 0;
    long filled = most;
    for (Map.Entry<String, NDArray> entry : model.weights().arrays().entrySet()) {
      long size = entry.getValue().size() * type.bytes();
      if (filled + size > most) {
        shards.add(new ArrayList<>());
        filled = 0;
      }
      shards.get(shards.size() - 1).add(tensor(entry.getKey(), entry.getValue(), type));
      filled += size;
      bytes += size;
    }
    if (shards.size() == 1) {
      write(folder.resolve(Checkpoint.SINGLE), shards.get(0));
      return;
    }
    ObjectNode index = new ObjectMapper().createObjectNode();
    index.putObject("metadata").put("total_size", bytes);
    ObjectNode map = index.putObject("weight_map");
    for (int i = 0; i < shards.size(); i++) {
      String name = String.format("model-%05d-of-%05d.safetensors", i + 1, shards.size());
      write(folder.resolve(name), shards.get(i));
      shards.get(i).forEach(tensor -> map.put(tensor.name(), name));
    }
    AtomicFile.write(folder.resolve(Checkpoint.INDEX), index.toPrettyString() + "\n");
  }

  private static void write(Path file, List<SafetensorsWriter.Tensor> tensors) throws IOException {
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
  }

  /** A float32 array as a tensor to be written in {@code type}. */
  public static SafetensorsWriter.Tensor tensor(String name, NDArray array, ElementType type) {
    return new SafetensorsWriter.Tensor(
        name,
        type,
        array.getShape().getShape(),
        (start, count, target) -> put(values(array, start, count), type, target));
  }

  private static float[] values(NDArray array, long start, int count) {
    try (NDManager local = array.getManager().newSubManager()) {
      return Kernels.get().flat(local, array, start, count).toFloatArray();
    }
  }

  private static void put(float[] values, ElementType type, ByteBuffer target) {
    for (float value : values) {
      switch (type) {
        case F32 -> target.putFloat(value);
        case F16 -> target.putShort(HalfPrecision.toHalf(value));
        case BF16 -> target.putShort(HalfPrecision.toBfloat(value));
        default -> throw new IllegalArgumentException("weights are not stored as " + type);
      }
    }
  }
}
