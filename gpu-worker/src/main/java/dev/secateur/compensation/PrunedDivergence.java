package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Precision;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.RemovalKernels;
import dev.secateur.tensor.StorageKernels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * How far a pruned model is from its base: the mean over positions of KL(whole || pruned), in nats,
 * after its output matrices are refitted, if that is requested. Matrices are fitted on three of
 * four samples and the divergence is measured on the fourth, so that overfitting to the samples
 * gains nothing. If nothing is refitted, it is measured on all.
 *
 * <p>The refitted matrices are used in float32, whatever type the base is stored in, and then
 * discarded.
 */
public final class PrunedDivergence {
  /** One of this many samples is measured on. */
  private static final int PARTS = 4;

  private final Model base;
  private final Refit refit; // null where nothing is refitted
  private final long[][] samples;
  private final Compensation.ProgressListener progress;
  private final IntPredicate measured;

  /**
   * @param base computed in float32
   * @param samples of equal length
   * @param progress told of each block; may throw to end the work
   */
  public PrunedDivergence(
      Model base, Optional<Refit> refit, Batch samples, Compensation.ProgressListener progress) {
    this.base = base;
    this.refit = refit.orElse(null);
    this.samples = samples.idRows();
    this.progress = progress;
    this.measured =
        refit.isPresent() && this.samples.length >= PARTS
            ? sample -> sample % PARTS == PARTS - 1
            : sample -> true;
  }

  /**
   * The mean divergence of what a recipe leaves.
   *
   * @throws ArithmeticException when it is not finite
   */
  public double of(Recipe recipe) {
    boolean heldOut = !measured.test(0);
    IntPredicate fitted = heldOut ? measured.negate() : sample -> true;
    double[] sum = {0, 0};
    try {
      new Compensation(base, recipe, refit, samples, fitted)
          .run(
              PrunedDivergence::kept,
              progress,
              (sample, pruned, whole, stream) -> {
                if (measured.test(sample)) {
                  sum[0] += divergence(sample, pruned, whole, stream);
                  sum[1] += samples[sample].length;
                }
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    double mean = sum[0] / sum[1];
    if (!Double.isFinite(mean)) {
      throw new ArithmeticException(
          "the divergence of the pruned model from the unpruned one is " + mean);
    }
    return mean;
  }

  private double divergence(int sample, Model pruned, NDArray whole, NDArray stream) {
    try (NDManager scope = whole.getManager().newSubManager()) {
      return RemovalKernels.get()
          .divergenceSum(head(scope, sample, base, whole), head(scope, sample, pruned, stream));
    }
  }

  private NDArray head(NDManager scope, int sample, Model model, NDArray stream) {
    TensorOps ops = new TensorOps(scope, model, new long[][] {samples[sample]});
    return model.decoder().head(ops, stream);
  }

  private static Map<String, NDArray> kept(
      List<FittedParameters.Parameter> parameters, NDManager owner) {
    Map<String, NDArray> kept = new HashMap<>();
    for (FittedParameters.Parameter one : parameters) {
      kept.put(one.name(), StorageKernels.get().copy(owner, one.array(), Precision.FLOAT32));
    }
    return kept;
  }
}
