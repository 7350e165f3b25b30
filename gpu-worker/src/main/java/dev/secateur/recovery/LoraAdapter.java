package dev.secateur.recovery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.Weights;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The low-rank matrices of a model's layers, read and written in PEFT's layout. */
public final class LoraAdapter implements AutoCloseable {
  private static final String PREFIX = "base_model.model.";
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  private final LoraSettings settings;
  private final NDManager manager;
  private final Map<String, NDArray> arrays;

  private LoraAdapter(LoraSettings settings, NDManager manager, Map<String, NDArray> arrays) {
    this.settings = settings;
    this.manager = manager;
    this.arrays = Collections.unmodifiableMap(arrays);
  }

  /** A fresh adapter, which changes nothing: A uniform in +-1/sqrt(in), B zero. */
  public static LoraAdapter fresh(Model model, LoraSettings settings, long seed) {
    NDManager manager = NDManager.newBaseManager(model.weights().manager().getDevice());
    Random random = new Random(seed);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (ParameterShape weight : targets(model.decoder(), settings)) {
      String layer = layer(weight);
      long out = weight.shape().get(0);
      long in = weight.shape().get(1);
      float[] a = new float[Math.toIntExact(settings.rank() * in)];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) ((2 * random.nextDouble() - 1) / Math.sqrt(in));
      }
      try (NDArray values = manager.create(a, new Shape(settings.rank(), in))) {
        arrays.put(layer + A, values.duplicate());
      }
      arrays.put(layer + B, manager.zeros(new Shape(out, settings.rank())));
    }
    if (arrays.isEmpty()) {
      manager.close();
      throw new InputException("no layer of the model is named as one of " + settings.targets());
    }
    return new LoraAdapter(settings, manager, arrays);
  }

  private static List<ParameterShape> targets(Decoder decoder, LoraSettings settings) {
    return decoder.parameters().stream()
        .filter(p -> p.name().endsWith(".weight") && p.shape().size() == 2)
        .filter(p -> settings.covers(layer(p)))
        .toList();
  }

  private static String layer(ParameterShape weight) {
    return weight.name().substring(0, weight.name().length() - ".weight".length());
  }

  public LoraSettings settings() {
    return settings;
  }

  /**
   * Every matrix by its layer's name and {@code .lora_A.weight} (rank, in) or {@code
   * .lora_B.weight} (out, rank).
   */
  public Map<String, NDArray> arrays() {
    return arrays;
  }

  /** The matrix A of a layer, or null where the layer has no adapter. */
  NDArray a(String layer) {
    return arrays.get(layer + A);
  }

  /** The matrix B of a layer, or null where the layer has no adapter. */
  NDArray b(String layer) {
    return arrays.get(layer + B);
  }

  /** The model with the adapter folded into copies of its weights: W + (alpha / rank) B A. */
  public Model merge(Model model) {
    NDManager owner = NDManager.newBaseManager(model.weights().manager().getDevice());
    Kernels kernels = Kernels.get();
    Map<String, NDArray> merged = new LinkedHashMap<>();
    try (GradMode mode = GradMode.off()) {
      model
          .weights()
          .arrays()
          .forEach(
              (name, weight) -> {
                try (NDManager scope = owner.newSubManager()) {
                  NDArray copy = kernels.scale(scope, weight, 1);
                  copy.attach(owner);
                  String layer = name.replaceFirst("\\.weight$", "");
                  if (a(layer) != null) {
                    kernels.accumulate(
                        copy, kernels.matMul(scope, b(layer), a(layer)), settings.scale());
                  }
                  merged.put(name, copy);
                }
              });
    }
    return new Model(model.decoder(), new Weights(owner, merged, model.decoder().constants()));
  }

  /** Writes {@code adapter_config.json} and {@code adapter_model.safetensors}. */
  public void write(Path folder) throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    arrays.forEach(
        (name, array) ->
            tensors.add(CheckpointWriter.tensor(PREFIX + name, array, ElementType.F32)));
    SafetensorsWriter.write(
        folder.resolve("adapter_model.safetensors"), Map.of("format", "pt"), tensors);
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("bias", "none");
    config.put("r", settings.rank()).put("lora_alpha", settings.alpha());
    config.put("lora_dropout", settings.dropout()).put("inference_mode", true);
    settings.targets().forEach(config.putArray("target_modules")::add);
    AtomicFile.write(folder.resolve("adapter_config.json"), config.toPrettyString() + "\n");
  }

  /**
   * Reads an adapter for a model.
   *
   * @throws InputException when it is not a LoRA adapter or does not fit the model's layers
   */
  public static LoraAdapter read(Path folder, Model model) {
    LoraSettings settings = readSettings(folder.resolve("adapter_config.json"));
    NDManager manager = NDManager.newBaseManager(model.weights().manager().getDevice());
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
      for (ParameterShape weight : targets(model.decoder(), settings)) {
        for (String matrix : List.of(layer(weight) + A, layer(weight) + B)) {
          arrays.put(matrix, CheckpointReader.load(file, PREFIX + matrix, manager));
        }
        checkFits(folder, weight, arrays);
      }
      return new LoraAdapter(settings, manager, arrays);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private static void checkFits(Path folder, ParameterShape weight, Map<String, NDArray> arrays) {
    long in = arrays.get(layer(weight) + A).getShape().get(1);
    long out = arrays.get(layer(weight) + B).getShape().get(0);
    if (!List.of(out, in).equals(weight.shape())) {
      throw new InputException(
          folder
              + ": the adapter of '"
              + layer(weight)
              + "' is for a layer of shape ["
              + out
              + ", "
              + in
              + "], the model's is "
              + weight.shape());
    }
  }

  private static LoraSettings readSettings(Path file) {
    try {
      JsonNode config = new ObjectMapper().readTree(Files.readString(file));
      List<String> targets = new ArrayList<>();
      config.path("target_modules").forEach(target -> targets.add(target.asText()));
      if (!config.path("peft_type").asText().equals("LORA") || !config.path("r").isInt()) {
        throw new InputException(file + ": not the config of a LoRA adapter");
      }
      return new LoraSettings(
          config.get("r").asInt(),
          config.path("lora_alpha").asDouble(),
          config.path("lora_dropout").asDouble(),
          List.copyOf(targets));
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
