package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import dev.secateur.model.Decoder;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.training.ModelModules.Module;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Finds what an adapter's config and tensors change in a model. */
final class AdapterReading {
  private final AdapterConfig config;
  private final ModelModules model;
  private final AdapterTensors tensors;
  private final Map<String, NDArray> replaced = new HashMap<>();
  private final Map<String, LowRankChange> changes = new LinkedHashMap<>();
  private final Map<String, NDArray> biases = new LinkedHashMap<>();

  AdapterReading(AdapterConfig config, ModelModules model, AdapterTensors tensors) {
    this.config = config;
    this.model = model;
    this.tensors = tensors;
  }

  /**
   * @param decoder of the model as it is
   * @throws InputException when a name of the config matches nothing, or a tensor is missing or of
   *     another shape
   */
  WeightChanges changes(Decoder decoder) {
    checkNames();
    model.modules().stream().filter(this::isAdapted).forEach(this::adapt);
    model.decoder().parameters().stream().filter(p -> isSaved(p.name())).forEach(this::save);
    Stream.of(model.embedding(), model.output()).forEach(this::takeWhole);
    boolean splits =
        model.isTied() && Stream.of(model.embedding(), model.output()).anyMatch(this::isTouched);
    return new WeightChanges(
        splits ? model.decoder() : decoder,
        model.isTied() ? Map.of(model.output().weight(), model.embedding().weight()) : Map.of(),
        replaced,
        changes,
        biases);
  }

  private boolean isAdapted(Module module) {
    AdapterConfig.Selection selection = config.selection();
    boolean isInner = !module.isTable() && !module.isRouted() && !module.equals(model.output());
    return selection.adapts(module.name(), isInner)
        || config.tiesTargets() && selection.adapts(model.twin(module).name(), false);
  }

  private boolean isSaved(String parameter) {
    boolean isTied = config.tiesSaved() && model.isTied();
    Stream<Module> ends = Stream.of(model.embedding(), model.output());
    return config.selection().saves(model.named(parameter))
        || isTied
            && ends.filter(end -> end.weight().equals(parameter))
                .anyMatch(end -> config.selection().saves(model.twin(end).name() + ".weight"));
  }

  private void adapt(Module module) {
    int rank = config.rankOf(module.name());
    String name = module.name();
    String why =
        String.format(
            "the rank %d of %s requires a layer from %d to %d channels",
            rank, PeftAdapter.CONFIG, module.in(), module.out());
    String kind = module.isTable() ? ".lora_embedding_" : ".lora_";
    String ending = module.isTable() ? "" : ".weight";
    NDArray a = tensors.load(name + kind + "A" + ending, why, rank, module.in());
    NDArray b = tensors.load(name + kind + "B" + ending, why, module.out(), rank);
    double scale = config.scaleOf(name);
    changes.put(
        module.weight(), new LowRankChange(a, b, scale, magnitudes(module), module.isTransposed()));
    if (config.hasBias()) {
      bias(module, scale);
    }
    if (tensors.has(name + ".base_layer.weight")) {
      replace(module, base(module, name + ".base_layer.weight"));
    }
  }

  private float[] magnitudes(Module module) {
    if (!config.hasMagnitudes()) {
      return new float[0];
    }
    String name = module.name() + ".lora_magnitude_vector";
    return HostArrays.floats(
        tensors.load(
            tensors.has(name + ".weight") ? name + ".weight" : name,
            "'use_dora' requires one number per channel of the layer",
            module.out()));
  }

  private void bias(Module module, double scale) {
    if (module.isTable()) {
      throw new InputException(
          config.file()
              + ": 'lora_bias' is true, which PEFT refuses for an embedding as '"
              + module.name()
              + "'");
    }
    NDArray bias =
        tensors.load(
            module.name() + ".lora_B.bias",
            "'lora_bias' requires one number per channel of the layer",
            module.out());
    biases.put(module.bias(), Kernels.get().scale(bias.getManager(), bias, scale));
  }

  private NDArray base(Module module, String tensor) {
    long[] shape =
        module.isTransposed()
            ? new long[] {module.in(), module.out()}
            : new long[] {module.out(), module.in()};
    return tensors.load(tensor, "it replaces a weight of that shape", shape);
  }

  private void save(ParameterShape parameter) {
    replaced.put(
        parameter.name(),
        tensors.load(
            model.named(parameter.name()),
            "'modules_to_save' requires the parameter in the model's shape",
            parameter.shape().stream().mapToLong(Long::longValue).toArray()));
  }

  /** A whole embedding or output layer that PEFT wrote though it is neither target nor saved. */
  private void takeWhole(Module module) {
    String tensor = module.name() + ".weight";
    if (tensors.has(tensor) && !replaced.containsKey(module.weight())) {
      replace(module, base(module, tensor));
    }
  }

  /** Replaces a weight, and the one tied to it where that is not replaced by another. */
  private void replace(Module module, NDArray weight) {
    replaced.put(module.weight(), weight);
    replaced.putIfAbsent(model.twin(module).weight(), weight);
  }

  private boolean isTouched(Module module) {
    return replaced.containsKey(module.weight())
        || changes.containsKey(module.weight())
        || biases.containsKey(module.bias());
  }

  /** Every name of a list stands for something, and a pattern for something as well. */
  private void checkNames() {
    AdapterConfig.Selection selection = config.selection();
    List<String> modules = model.modules().stream().map(Module::name).toList();
    if (selection.targets() instanceof ModuleNames.Listed listed) {
      for (String name : listed.names()) {
        if (modules.stream().noneMatch(module -> ModuleNames.Listed.isNamed(module, name))) {
          throw unknown("target_modules", name, modules);
        }
      }
    }
    if (model.modules().stream().noneMatch(this::isAdapted)) {
      throw new InputException(
          config.file()
              + ": 'target_modules' with 'exclude_modules' and 'layers_to_transform' leaves no"
              + " layer of the model; there are "
              + String.join(", ", lastWords(modules)));
    }
    for (String name : selection.saved()) {
      boolean any =
          model.decoder().parameters().stream()
              .anyMatch(p -> AdapterConfig.Selection.isUnder(model.named(p.name()), name));
      if (!any) {
        throw unknown("modules_to_save", name, modules);
      }
    }
  }

  private InputException unknown(String key, String name, List<String> modules) {
    Set<String> known = lastWords(modules);
    return new InputException(
        config.file()
            + ": '"
            + key
            + "' has '"
            + name
            + "', which no layer of the model is named; there are "
            + String.join(", ", known)
            + Suggestion.of(name, known));
  }

  private static Set<String> lastWords(List<String> modules) {
    Set<String> words = new TreeSet<>();
    modules.forEach(module -> words.add(module.substring(module.lastIndexOf('.') + 1)));
    return words;
  }
}
