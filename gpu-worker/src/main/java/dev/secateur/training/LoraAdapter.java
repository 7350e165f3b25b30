package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/** The low-rank matrices of a model's layers, for training; written in PEFT's layout. */
public final class LoraAdapter implements AutoCloseable {
  private static final String A = ".lora_A.weight";
  private static final String B = ".lora_B.weight";

  private final LoraSettings settings;
  private final NDManager manager;
  private final boolean isTransposed;
  private final Map<String, NDArray> arrays;

  private LoraAdapter(
      LoraSettings settings, NDManager manager, boolean isTransposed, Map<String, NDArray> arrays) {
    this.settings = settings;
    this.manager = manager;
    this.isTransposed = isTransposed;
    this.arrays = Collections.unmodifiableMap(arrays);
  }

  /**
   * A fresh adapter, which changes nothing: A uniform in +-1/sqrt(in), B zero.
   *
   * @throws InputException when no layer of the model's blocks has the name of a target
   */
  public static LoraAdapter fresh(Model model, LoraSettings settings, long seed) {
    LoraSettings.checkTargets(settings.targets(), model.decoder());
    NDManager manager = NDManager.newBaseManager(model.weights().manager().getDevice());
    Random random = new Random(seed);
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    List<Target> targets = targets(model.decoder(), settings);
    for (Target target : targets) {
      String layer = target.layer().name();
      long out = target.out();
      long in = target.in();
      float[] a = new float[Math.toIntExact(settings.rank() * in)];
      for (int i = 0; i < a.length; i++) {
        a[i] = (float) ((2 * random.nextDouble() - 1) / Math.sqrt((double) in));
      }
      arrays.put(layer + A, HostArrays.of(manager, a, settings.rank(), in));
      arrays.put(layer + B, Kernels.get().zeros(manager, out, settings.rank()));
    }
    boolean isTransposed = targets.stream().anyMatch(target -> target.layer().transposed());
    return new LoraAdapter(settings, manager, isTransposed, arrays);
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
    Map<String, LowRankChange> changes = new LinkedHashMap<>();
    for (Target target : targets(model.decoder(), settings)) {
      Linear layer = target.layer();
      changes.put(
          layer.weight(),
          new LowRankChange(
              a(layer.name()),
              b(layer.name()),
              settings.scale(),
              new float[0],
              layer.transposed()));
    }
    return new WeightChanges(model.decoder(), Map.of(), Map.of(), changes, Map.of()).of(model);
  }

  /**
   * Writes {@code adapter_config.json} and {@code adapter_model.safetensors}.
   *
   * @param base the model that it goes with, for those who load both
   */
  public void write(Path folder, AdapterBase base) throws IOException {
    write(folder.resolve(PeftAdapter.TENSORS));
    AtomicFile.write(folder.resolve(PeftAdapter.CONFIG), config(base).toPrettyString() + "\n");
  }

  /** What the file of the matrices after a step is called. */
  public static String keptFile(int step) {
    return PeftAdapter.kept(step);
  }

  /** Writes the matrices alone, as they are after a step of the training. */
  public void keep(Path folder, int step) throws IOException {
    write(folder.resolve(PeftAdapter.kept(step)));
  }

  private void write(Path file) throws IOException {
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    arrays.forEach(
        (name, array) ->
            tensors.add(
                CheckpointWriter.tensor(AdapterTensors.PREFIX + name, array, ElementType.F32)));
    SafetensorsWriter.write(file, Map.of("format", "pt"), tensors);
  }

  private ObjectNode config(AdapterBase base) {
    ObjectNode config = Json.object();
    config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM").put("bias", "none");
    config.put("base_model_name_or_path", base.name().isEmpty() ? null : base.name());
    config.put("revision", base.revision().isEmpty() ? null : base.revision());
    config.put("r", settings.rank()).put("lora_alpha", settings.alpha());
    config.put("lora_dropout", settings.dropout()).put("inference_mode", true);
    config.put("fan_in_fan_out", isTransposed);
    settings.targets().forEach(config.putArray("target_modules")::add);
    return config;
  }

  @Override
  public void close() {
    manager.close();
  }
}
