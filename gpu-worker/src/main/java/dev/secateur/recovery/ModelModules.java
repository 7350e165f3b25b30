package dev.secateur.recovery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The modules of a model as PEFT sees them: an output layer that is tied to the embedding is a
 * module of its own.
 *
 * @param decoder the model's, with an output layer of its own
 * @param embedding the module whose rows the tokens look up
 * @param output the module that gives the logits
 * @param isTied whether the model has one weight for both
 * @param modules what can get low-rank matrices, in order of execution
 */
record ModelModules(
    Decoder decoder, String embedding, String output, boolean isTied, List<Module> modules) {
  private static final String TIE = "tie_word_embeddings";

  /**
   * A module.
   *
   * @param in channels that it reads; the rows of a table
   * @param out channels that it writes
   * @param isTransposed whether its weight is stored (in, out), as tables are
   */
  record Module(String name, long in, long out, boolean isTransposed, boolean isTable) {
    String weight() {
      return name + ".weight";
    }

    String bias() {
      return name + ".bias";
    }
  }

  static ModelModules of(Decoder decoder) {
    Decoder untied = untied(decoder);
    Map<String, List<Long>> shapes =
        untied.parameters().stream()
            .collect(Collectors.toMap(ParameterShape::name, ParameterShape::shape));
    Costs costs = Costs.of(untied, 1);
    List<Module> modules = new ArrayList<>();
    for (String table : costs.tables()) {
      List<Long> shape = shapes.get(table + ".weight");
      modules.add(new Module(table, shape.get(0), shape.get(1), true, true));
    }
    String output = "";
    for (Linear layer : costs.linears().values()) {
      List<Long> shape = shapes.get(layer.weight());
      modules.add(
          new Module(
              layer.name(),
              shape.get(layer.in()),
              shape.get(layer.out()),
              layer.transposed(),
              false));
      output = layer.name();
    }
    return new ModelModules(
        untied, costs.tables().iterator().next(), output, untied != decoder, List.copyOf(modules));
  }

  /** The same model with an output layer of its own; the decoder itself where it has one. */
  private static Decoder untied(Decoder tied) {
    ModelConfig config = tied.config();
    ObjectNode json = config.json().deepCopy();
    json.put(TIE, false);
    List<ParameterShape> known = tied.parameters();
    List<String> names = known.stream().map(ParameterShape::name).toList();
    List<ParameterShape> added =
        Families.of(ModelConfig.of(config.file(), json)).parameters().stream()
            .filter(parameter -> !names.contains(parameter.name()))
            .toList();
    if (added.isEmpty()) {
      return tied;
    }
    if (json.path(PrunedDecoder.KEY).path("shapes") instanceof ObjectNode shapes) {
      String table = Costs.of(tied, 1).tables().iterator().next() + ".weight";
      List<Long> shape =
          known.stream().filter(p -> p.name().equals(table)).findFirst().orElseThrow().shape();
      shape.forEach(shapes.putArray(added.get(0).name())::add);
    }
    return Families.of(ModelConfig.of(config.file(), json));
  }

  boolean isOutput(Module module) {
    return module.name().equals(output);
  }

  /** The other of embedding and output layer, where they are one weight; else the same. */
  String twin(String module) {
    if (isTied && module.equals(output)) {
      return embedding;
    }
    return isTied && module.equals(embedding) ? output : module;
  }
}
