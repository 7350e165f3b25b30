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
import dev.secateur.model.Ops.Linear;
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
import java.util.stream.Collectors;

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
    for (Target target : targets(model.decoder(), settings)) {
      String layer = target.layer().name();
      long out = target.out();
      long in = target.in();
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

  /** A layer that gets an adapter. */
  private record Target(Linear layer, long in, long out) {}

  private static List<Target> targets(Decoder decoder, LoraSettings settings) {
    Map<String, ParameterShape> shapes =
        decoder.parameters().stream().collect(Collectors.toMap(ParameterShape::name, p -> p));
    List<Target> targets = new ArrayList<>();
    for (Linear layer : LoraSettings.blockLayers(decoder)) {
      if (settings.covers(layer.name())) {
        List<Long> shape = shapes.get(layer.weight()).shape();
        targets.add(new Target(layer, shape.get(layer.in()), shape.get(layer.out())));
      }
    }
    return targets;
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
    Map<String, Linear> layers =
        targets(model.decoder(), settings).stream()
            .collect(Collectors.toMap(t -> t.layer().weight(), Target::layer));
    try (GradMode mode = GradMode.off()) {
      model
          .weights()
          .arrays()
          .forEach(
              (name, weight) -> {
                try (NDManager scope = owner.newSubManager()) {
                  NDArray copy = kernels.scale(scope, weight, 1);
                  copy.attach(owner);
                  Linear layer = layers.get(name);
                  if (layer != null) {
                    kernels.accumulate(copy, change(layer, scope), settings.scale());
                  }
                  merged.put(name, copy);
                }
              });
    }
    return new Model(model.decoder(), new Weights(owner, merged, model.decoder().constants()));
  }

  /** B A, turned as the layer's weight is stored. */
  private NDArray change(Linear layer, NDManager scope) {
    Kernels kernels = Kernels.get();
    NDArray change = kernels.matMul(scope, b(layer.name()), a(layer.name()));
    return layer.transposed() ? kernels.transposed(scope, change) : change;
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
      for (Target target : targets(model.decoder(), settings)) {
        String layer = target.layer().name();
        for (String matrix : List.of(layer + A, layer + B)) {
          arrays.put(matrix, CheckpointReader.load(file, PREFIX + matrix, manager));
        }
        checkFits(folder, target, arrays);
      }
      return new LoraAdapter(settings, manager, arrays);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private static void checkFits(Path folder, Target target, Map<String, NDArray> arrays) {
    String layer = target.layer().name();
    long in = arrays.get(layer + A).getShape().get(1);
    long out = arrays.get(layer + B).getShape().get(0);
    if (in != target.in() || out != target.out()) {
      throw new InputException(
          String.format(
              "%s: the adapter of '%s' is for a layer from %d to %d channels, the model's is from %d"
                  + " to %d",
              folder, layer, in, out, target.in(), target.out()));
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
