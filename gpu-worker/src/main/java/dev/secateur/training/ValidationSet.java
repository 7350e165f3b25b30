package dev.secateur.training;

import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.List;
import java.util.OptionalLong;

/**
 * Held-out batches that say how good a training is.
 *
 * @param batches none if a training has no validation
 * @param every steps between evaluations
 * @param patience number of evaluations without a lower loss after which the training ends; {@link
 *     #ENDLESS} for no limit
 */
public record ValidationSet(List<Batch> batches, int every, int patience) {
  public static final int ENDLESS = Integer.MAX_VALUE;

  /** Of a training that nothing is held out of. */
  public static final ValidationSet NONE = new ValidationSet(List.of(), 1, ENDLESS);

  public boolean isEmpty() {
    return batches.isEmpty();
  }

  /** The mean loss of all predicted tokens, in nats; nothing is dropped out. */
  double loss(Trainable model) {
    double[] sum = {0};
    NDManager owner = model.parameters().values().iterator().next().getManager();
    new ForwardPass(
            model.decoder(),
            model.inputsAtOnce(),
            owner,
            (scope, layout) ->
                model.ops(scope, array -> array, layout.rows(), OptionalLong.empty()))
        .run(
            batches.stream().map(batch -> Layout.of(batch.idRows())).toList(),
            (index, logits, scope) ->
                sum[0] +=
                    HostArrays.number(
                        Kernels.get()
                            .crossEntropySum(scope, logits, batches.get(index).targets(scope))),
            () -> {});
    return sum[0] / batches.stream().mapToLong(Batch::predicted).sum();
  }
}
