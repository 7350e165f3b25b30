package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes a model as a Hugging Face checkpoint folder. */
public final class CheckpointWriter {
  private static final int CHUNK = 1 << 20;

  private CheckpointWriter() {}

  /**
   * Writes weights and config, and copies the base's other small files: its tokenizer, templates,
   * code, licence.
   *
   * @param base the checkpoint that the model was made from
   * @param types what each parameter is stored as
   * @throws InputException when a weight does not fit its type; nothing is written then
   */
  public static WrittenCheckpoint write(
      Model model, Checkpoint base, WrittenTypes types, Path folder) throws IOException {
    WrittenCheckpoint written = write(model, types, folder);
    List<String> leftOut = Companions.copy(base.folder(), folder);
    return new WrittenCheckpoint(written.modelType(), written.problem(), leftOut);
  }

  /**
   * Writes weights, all as {@code type}, and the config of the model's decoder.
   *
   * @throws InputException when a weight does not fit the type; nothing is written then
   */
  public static WrittenCheckpoint write(Model model, ElementType type, Path folder)
      throws IOException {
    return write(model, WrittenTypes.all(type), folder);
  }

  private static WrittenCheckpoint write(Model model, WrittenTypes types, Path folder)
      throws IOException {
    check(model, types);
    Files.createDirectories(folder);
    StockConfig stock = StockConfig.of(model.decoder());
    ObjectNode config = stock.json();
    writeWeights(model, types, folder, Shards.MOST_BYTES);
    writeConfig(config, types, folder);
    return new WrittenCheckpoint(config.path("model_type").asText(), stock.problem(), List.of());
  }

  /** The config, which then says what the weights are stored as. */
  static void writeConfig(ObjectNode config, WrittenTypes types, Path folder) throws IOException {
    types.state(config);
    AtomicFile.write(
        folder.resolve("config.json"),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
  }

  /**
   * Checks that every weight can be written.
   *
   * @throws InputException naming the first tensor that holds a value that its type can't hold
   */
  public static void check(Model model, WrittenTypes types) {
    model
        .weights()
        .arrays()
        .forEach(
            (name, array) -> {
              ElementType type = types.of(name);
              for (long start = 0; start < array.size(); start += CHUNK) {
                int count = (int) Math.min(CHUNK, array.size() - start);
                for (float value : values(array, start, count)) {
                  checkFits(name, value, type);
                }
              }
            });
  }

  /** One file, or several with an index where all of it is larger than {@code most} bytes. */
  static void writeWeights(Model model, WrittenTypes types, Path folder, long most)
      throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    model
        .weights()
        .arrays()
        .forEach((name, array) -> tensors.add(tensor(name, array, types.of(name))));
    Shards.of(tensors, most).write(folder);
  }

  /**
   * A float32 array as a tensor to be written in {@code type}; writing it throws an {@link
   * InputException} where a value does not fit.
   */
  public static SafetensorsWriter.Tensor tensor(String name, NDArray array, ElementType type) {
    return new SafetensorsWriter.Tensor(
        name,
        type,
        array.getShape().getShape(),
        (start, count, target) -> put(name, values(array, start, count), type, target));
  }

  private static float[] values(NDArray array, long start, int count) {
    try (NDManager local = array.getManager().newSubManager()) {
      return Kernels.get().flat(local, array, start, count).toFloatArray();
    }
  }

  private static void put(String name, float[] values, ElementType type, ByteBuffer target) {
    for (float value : values) {
      checkFits(name, value, type);
      switch (type) {
        case F32 -> target.putFloat(value);
        case F16 -> target.putShort(HalfPrecision.toHalf(value));
        case BF16 -> target.putShort(HalfPrecision.toBfloat(value));
        default -> throw new IllegalArgumentException("weights are not stored as " + type);
      }
    }
  }

  private static void checkFits(String name, float value, ElementType type) {
    float written =
        switch (type) {
          case F16 -> HalfPrecision.fromHalf(HalfPrecision.toHalf(value));
          case BF16 -> HalfPrecision.fromBfloat(HalfPrecision.toBfloat(value));
          default -> value;
        };
    if (Float.isFinite(written)) {
      return;
    }
    String holds = "tensor '" + name + "' holds " + value;
    if (!Float.isFinite(value)) {
      throw new InputException(holds + ", which is not written as a weight");
    }
    throw new InputException(
        holds
            + ", too large for "
            + type
            + (type == ElementType.F16
                ? ", whose largest number is 65504; choose BF16 or F32 (--dtype BF16)"
                : "; choose F32 (--dtype F32)"));
  }
}
