package dev.secateur.pruning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The config of a pruned model: that of its base with the layers that are left, and under {@link
 * PrunedDecoder#KEY} the shapes and constants that do not follow from its sizes.
 */
final class PrunedConfig {
  private static final List<String> LAYER_KEYS =
      List.of("num_hidden_layers", "n_layer", "num_layers");

  private PrunedConfig() {}

  static ModelConfig of(Decoder base, Removal removal) {
    ObjectNode json = base.config().json().deepCopy();
    json.remove(PrunedDecoder.KEY);
    if (removal.keptLayers().size() < base.layers()) {
      keepLayers(json, base, removal.keptLayers());
    }
    base.experts()
        .ifPresent(experts -> experts.left(removal.experts(), removal.keptLayers()).state(json));
    return stating(
        ModelConfig.of(base.config().file(), json),
        shapes(base, removal),
        constants(base, removal));
  }

  private static void keepLayers(ObjectNode json, Decoder base, List<Integer> kept) {
    for (String key : LAYER_KEYS) {
      if (json.has(key)) {
        json.put(key, kept.size());
      }
    }
    base.optionsOf(kept).forEach((key, value) -> json.set(key, Json.MAPPER.valueToTree(value)));
  }

  private static List<ParameterShape> shapes(Decoder base, Removal removal) {
    List<ParameterShape> shapes = new ArrayList<>();
    for (ParameterShape parameter : base.parameters()) {
      List<Long> shape = new ArrayList<>(parameter.shape());
      removal
          .of(parameter.name())
          .forEach((dimension, gone) -> shape.set(dimension, shape.get(dimension) - gone.size()));
      removal
          .renamed(parameter.name(), base)
          .ifPresent(name -> shapes.add(new ParameterShape(name, shape)));
    }
    return shapes;
  }

  private static Map<String, double[]> constants(Decoder base, Removal removal) {
    Map<String, double[]> constants = new LinkedHashMap<>();
    base.constants()
        .forEach(
            (name, values) ->
                removal
                    .renamed(name, base)
                    .ifPresent(
                        renamed ->
                            constants.put(
                                renamed,
                                without(values, removal.of(name).getOrDefault(0, Set.of())))));
    return constants;
  }

  private static double[] without(double[] values, Set<Integer> gone) {
    double[] kept = new double[values.length - gone.size()];
    int at = 0;
    for (int i = 0; i < values.length; i++) {
      if (!gone.contains(i)) {
        kept[at++] = values[i];
      }
    }
    return kept;
  }

  /** The config with what does not follow from its sizes stated. */
  static ModelConfig stating(
      ModelConfig plain, List<ParameterShape> shapes, Map<String, double[]> constants) {
    Decoder implied = Families.of(plain);
    Map<String, List<Long>> impliedShapes = new HashMap<>();
    implied.parameters().forEach(p -> impliedShapes.put(p.name(), p.shape()));
    ObjectNode json = plain.json().deepCopy();
    ObjectNode pruned =
        json.path(PrunedDecoder.KEY).isObject()
            ? (ObjectNode) json.get(PrunedDecoder.KEY)
            : json.objectNode();
    for (ParameterShape shape : shapes) {
      if (!shape.shape().equals(impliedShapes.get(shape.name()))) {
        shape.shape().forEach(pruned.withObject("/shapes").withArray(shape.name())::add);
      }
    }
    constants.forEach(
        (name, values) -> {
          if (!Arrays.equals(values, implied.constants().get(name))) {
            ArrayNode array = pruned.withObject("/constants").putArray(name);
            Arrays.stream(values).forEach(array::add);
          }
        });
    if (!pruned.isEmpty()) {
      json.set(PrunedDecoder.KEY, pruned);
    }
    return ModelConfig.of(plain.file(), json);
  }
}
