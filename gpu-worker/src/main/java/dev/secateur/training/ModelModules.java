package dev.secateur.training;

import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.TiedEmbedding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The modules of a model as PEFT sees them: an output layer that is tied to the embedding is a
 * module of its own.
 *
 * @param decoder the model's, with an output layer of its own
 * @param embedding whose rows the tokens look up
 * @param output what gives the logits
 * @param isTied whether the model has one weight for both
 * @param modules what can get low-rank matrices, in order of execution
 */
record ModelModules(
    Decoder decoder, Module embedding, Module output, boolean isTied, List<Module> modules) {
  /** The name of output layers; newer classes use it where the checkpoint has another. */
  static final String OUTPUT = "lm_head";

  /**
   * A module.
   *
   * @param name its path
   * @param stored what its parameters' names begin with in a checkpoint; the path mostly
   * @param in channels that it reads; the rows of a table
   * @param out channels that it writes
   * @param isRouted whether it is an expert's, or gives a mixture's logits
   * @param isTransposed whether its weight is stored (in, out), as tables are
   */
  record Module(
      String name,
      String stored,
      long in,
      long out,
      boolean isTransposed,
      boolean isTable,
      boolean isRouted) {
    String weight() {
      return stored + ".weight";
    }

    String bias() {
      return stored + ".bias";
    }
  }

  /**
   * @param isOutputRenamed whether the output layer is {@link #OUTPUT}, whatever the checkpoint
   *     calls it
   */
  static ModelModules of(Decoder decoder, boolean isOutputRenamed) {
    Decoder untied =
        TiedEmbedding.of(decoder).map(tie -> Families.of(tie.untied())).orElse(decoder);
    Map<String, List<Long>> shapes =
        untied.parameters().stream()
            .collect(Collectors.toMap(ParameterShape::name, ParameterShape::shape));
    Costs costs = Costs.of(untied, 1);
    List<Module> modules = new ArrayList<>();
    for (String table : costs.tables()) {
      List<Long> shape = shapes.get(table + ".weight");
      modules.add(new Module(table, table, shape.get(0), shape.get(1), true, true, false));
    }
    for (Linear layer : costs.linears().values()) {
      List<Long> shape = shapes.get(layer.weight());
      long in = shape.get(layer.in());
      long out = shape.get(layer.out());
      String name = layer.name();
      boolean isRouted = costs.routed().contains(name);
      modules.add(new Module(name, name, in, out, layer.transposed(), false, isRouted));
    }
    int last = modules.size() - 1;
    if (isOutputRenamed) {
      Module output = modules.get(last);
      modules.set(
          last,
          new Module(
              OUTPUT,
              output.name(),
              output.in(),
              output.out(),
              output.isTransposed(),
              false,
              false));
    }
    return new ModelModules(
        untied, modules.get(0), modules.get(last), untied != decoder, List.copyOf(modules));
  }

  /** The other of embedding and output layer, where they are one weight; else the same. */
  Module twin(Module module) {
    if (isTied && module.equals(output)) {
      return embedding;
    }
    return isTied && module.equals(embedding) ? output : module;
  }

  /** A parameter's name as PEFT has it. */
  String named(String parameter) {
    return parameter.equals(output.weight()) ? output.name() + ".weight" : parameter;
  }
}
