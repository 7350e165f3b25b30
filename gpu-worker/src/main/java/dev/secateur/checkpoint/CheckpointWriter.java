package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterSource;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a model as a Hugging Face checkpoint folder. */
public final class CheckpointWriter {
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
    return new WrittenCheckpoint(written.modelType(), written.problem(), written.coded(), leftOut);
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
    if (!model.weights().isSubmoduleed()) { // which would be read twice
      check(model, types);
    }
    Files.createDirectories(folder);
    StockConfig stock = StockConfig.of(model.decoder());
    ObjectNode config = stock.json();
    writeWeights(model, types, folder, Shards.MOST_BYTES);
    writeConfig(config, types, folder);
    boolean coded = RemoteCode.serves(model.decoder(), config);
    if (coded) {
      RemoteCode.write(folder);
    }
    return new WrittenCheckpoint(
        config.path("model_type").asText(), stock.problem(), coded, List.of());
  }

  /** The config, which then says what the weights are stored as. */
  static void writeConfig(ObjectNode config, WrittenTypes types, Path folder) throws IOException {
    types.state(config);
    AtomicFile.write(
        folder.resolve("config.json"),
        Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
  }

  /**
   * Checks that every weight can be written.
   *
   * @throws InputException naming the first tensor that holds a value that its type can't hold
   */
  public static void check(Model model, WrittenTypes types) {
    ParameterSource source = model.weights().source();
    for (String name : source.shapes().keySet()) {
      try (NDManager scope = model.weights().manager().newSubManager();
          GradMode mode = GradMode.off()) {
        WrittenElements.cast(name, source.load(name, scope), types.of(name), scope);
      }
    }
  }

  /** One file, or several with an index where all of it is larger than {@code most} bytes. */
  static void writeWeights(Model model, WrittenTypes types, Path folder, long most)
      throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    model
        .weights()
        .shapes()
        .forEach((name, shape) -> tensors.add(tensor(name, shape, types.of(name), model)));
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
        new WrittenElements(name, array.size(), type, array.getManager(), scope -> array));
  }

  /** A parameter that is loaded when it is written, and released after. */
  private static SafetensorsWriter.Tensor tensor(
      String name, List<Long> shape, ElementType type, Model model) {
    long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
    long count = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
    ParameterSource source = model.weights().source();
    return new SafetensorsWriter.Tensor(
        name,
        type,
        sizes,
        new WrittenElements(
            name, count, type, model.weights().manager(), scope -> source.load(name, scope)));
  }
}
