package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** The gradients of a batch's mean next-token cross entropy, one submodule at a time. */
public final class LossGradients {
  private LossGradients() {}

  /**
   * Computes them from the head down.
   *
   * @param wanted parameters whose gradients are asked for
   * @param visitor given each once, valid until it returns
   * @return the loss, in nats
   * @throws ArithmeticException when the loss or a gradient is not finite, naming where
   */
  public static double of(
      Model model, Batch batch, Set<String> wanted, BiConsumer<String, NDArray> visitor) {
    Chunk whole = new Chunk(0, batch, 1.0 / batch.predicted(), 0);
    GradientWalk walk = GradientWalk.of(model, List.of(whole), wanted, () -> {});
    return new BlockwiseGradients(walk, RecomputedGraphs::new, GradientTotals.FirstOrder::new)
        .walk((name, gradient, fisher) -> visitor.accept(name, gradient));
  }
}
