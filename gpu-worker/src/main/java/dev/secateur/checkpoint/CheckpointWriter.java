package dev.secateur.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
    if (!model.weights().isSectioned()) { // which would be read twice
      check(model, types);
    }
    Files.createDirectories(folder);
    StockConfig stock = StockConfig.of(model.decoder());
    ObjectNode config = stock.json();
    types.state(config);
    writeWeights(model, types, folder, SHARD_BYTES);
    AtomicFile.write(
        folder.resolve("config.json"),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(config) + "\n");
    return new WrittenCheckpoint(config.path("model_type").asText(), stock.problem(), List.of());
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
    List<List<SafetensorsWriter.Tensor>> shards = new ArrayList<>();
    long bytes = 0;
    long filled = most;
    for (Map.Entry<String, List<Long>> entry : model.weights().shapes().entrySet()) {
      SafetensorsWriter.Tensor tensor =
          tensor(entry.getKey(), entry.getValue(), types.of(entry.getKey()), model);
      long size = tensor.count() * tensor.type().bytes();
      if (filled + size > most) {
        shards.add(new ArrayList<>());
        filled = 0;
      }
      shards.get(shards.size() - 1).add(tensor);
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

  /** A parameter that is loaded when it is written, and let go after. */
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
