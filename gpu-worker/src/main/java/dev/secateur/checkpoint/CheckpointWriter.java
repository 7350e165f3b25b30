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
  private static final List<String> COMPANIONS =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "generation_config.json");

  private CheckpointWriter() {}

  /**
   * Writes weights and config, and copies the base's tokenizer files.
   *
   * @param base the checkpoint that the model was made from
   * @param type the element type to store: F32, F16 or BF16
   */
  public static void write(Model model, Checkpoint base, ElementType type, Path folder)
      throws IOException {
    Files.createDirectories(folder);
    for (String name : COMPANIONS) {
      Path file = base.folder().resolve(name);
      if (Files.isRegularFile(file) && !folder.equals(base.folder())) {
        AtomicFile.write(folder.resolve(name), Files.readAllBytes(file));
      }
    }
    write(model, type, folder);
  }

  /** Writes weights and the config of the model's decoder. */
  public static void write(Model model, ElementType type, Path folder) throws IOException {
    ObjectNode config = model.decoder().config().json().deepCopy();
    config.put("dtype", torchName(type));
    config.remove("torch_dtype");
    writeWeights(model, type, folder.resolve("model.safetensors"));
    AtomicFile.write(
        folder.resolve("config.json"),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
  }

  private static String torchName(ElementType type) {
    return switch (type) {
      case F16 -> "float16";
      case BF16 -> "bfloat16";
      default -> "float32";
    };
  }

  private static void writeWeights(Model model, ElementType type, Path file) throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    model.weights().arrays().forEach((name, array) -> tensors.add(tensor(name, array, type)));
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
