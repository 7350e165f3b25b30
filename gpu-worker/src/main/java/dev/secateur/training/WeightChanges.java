package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.DerivedParameters;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.ParameterSource;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The changes of an adapter to a model's weights.
 *
 * @param decoder of the model that comes out
 * @param sources the base's weight that another of the decoder's begins as, by name; its own where
 *     it has one
 * @param replaced arrays that stand in for weights, by name
 * @param changes by name of the weight
 * @param biases what is added to biases, or is one where the base has none, by name
 */
record WeightChanges(
    Decoder decoder,
    Map<String, String> sources,
    Map<String, NDArray> replaced,
    Map<String, LowRankChange> changes,
    Map<String, NDArray> biases) {

  /** The model with the changes made in its weights; to be closed by the caller. */
  Model of(Model base) {
    ParameterSource source = base.weights().source();
    NDManager owner = NDManager.newBaseManager(base.weights().manager().getDevice());
    WeightChanges own = copied(owner);
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    Map<String, String> origins = new HashMap<>();
    for (ParameterShape parameter : decoder.parameters()) {
      shapes.put(parameter.name(), parameter.shape());
      if (!replaced.containsKey(parameter.name())) {
        origins.put(parameter.name(), sources.getOrDefault(parameter.name(), parameter.name()));
      }
    }
    biases.forEach((name, bias) -> shapes.putIfAbsent(name, List.of(bias.size())));
    return base.derived(
        decoder, new DerivedParameters(source, shapes, origins, own::changed, owner));
  }

  /** The same with arrays of its own. */
  private WeightChanges copied(NDManager owner) {
    Map<String, LowRankChange> changed = new HashMap<>();
    changes.forEach((name, change) -> changed.put(name, change.copied(owner)));
    return new WeightChanges(
        decoder, sources, copied(replaced, owner), changed, copied(biases, owner));
  }

  private static Map<String, NDArray> copied(Map<String, NDArray> arrays, NDManager owner) {
    Map<String, NDArray> copies = new HashMap<>();
    arrays.forEach((name, array) -> copies.put(name, StorageKernels.get().duplicate(owner, array)));
    return copies;
  }

  /** A parameter with its changes. */
  private NDArray changed(String name, NDArray before, NDManager scope) {
    NDArray from = replaced.getOrDefault(name, before);
    NDArray bias = biases.get(name);
    LowRankChange change = changes.get(name);
    if (bias == null && change == null) {
      return from;
    } else if (from == null) {
      return bias;
    }
    NDArray copy = StorageKernels.get().copy(scope, from, Precision.FLOAT32);
    if (bias != null) {
      Kernels.get().accumulate(copy, bias, 1);
    }
    if (change != null) {
      change.apply(copy, scope);
    }
    return copy;
  }
}
