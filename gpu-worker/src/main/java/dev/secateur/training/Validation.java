package dev.secateur.training;

import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Held-out batches that say how good a training is.
 *
 * @param every steps between evaluations
 * @param patience after how many without a lower loss the training ends
 */
public record Validation(List<Batch> batches, int every, Optional<Integer> patience) {
  /** The mean loss of all predicted tokens, in nats; nothing is dropped out. */
  double loss(Trainable model) {
    double sum = 0;
    long predicted = 0;
    NDManager owner = model.parameters().values().iterator().next().getManager();
    try (GradMode off = GradMode.off()) {
      for (Batch batch : batches) {
        try (NDManager scope = owner.newSubManager()) {
          var ops = model.ops(scope, array -> array, batch.idRows(), OptionalLong.empty());
          var logits = model.decoder().logits(ops, batch.ids(scope));
          sum += Kernels.get().crossEntropySum(scope, logits, batch.targets(scope)).getFloat();
          predicted += batch.predicted();
        }
      }
    }
    return sum / predicted;
  }
}
