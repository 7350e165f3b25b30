package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.model.Weights;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an adapter makes of a model's weights.
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

  /** The model with the changes made in copies of its weights; to be closed by the caller. */
  Model of(Model base) {
    NDManager owner = NDManager.newBaseManager(base.weights().manager().getDevice());
    Kernels kernels = Kernels.get();
    Map<String, NDArray> merged = new LinkedHashMap<>();
    try (GradMode mode = GradMode.off()) {
      decoder
          .parameters()
          .forEach(
              parameter -> merged.put(parameter.name(), changed(parameter.name(), base, owner)));
      biases.forEach(
          (name, bias) -> merged.computeIfAbsent(name, key -> kernels.scale(owner, bias, 1)));
    }
    return new Model(decoder, new Weights(owner, merged, decoder.constants()));
  }

  private NDArray changed(String name, Model base, NDManager owner) {
    Kernels kernels = Kernels.get();
    NDArray before = replaced.get(name);
    if (before == null) {
      before = base.weights().get(sources.getOrDefault(name, name));
    }
    NDArray copy = kernels.scale(owner, before, 1);
    if (biases.containsKey(name)) {
      kernels.accumulate(copy, biases.get(name), 1);
    }
    LowRankChange change = changes.get(name);
    if (change != null) {
      try (NDManager scope = owner.newSubManager()) {
        change.apply(copy, scope);
      }
    }
    return copy;
  }
}
