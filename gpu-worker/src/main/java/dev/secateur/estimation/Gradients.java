package dev.secateur.estimation;

import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Model;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The gradients of a calibration's mean loss, parameter by parameter. */
final class Gradients {
  private Gradients() {}

  /**
   * Tells of each once.
   *
   * @param parameters whose gradients are asked for
   * @param secondOrder whether F is computed
   * @param checkpoint run between submodules; may throw to end the walk
   */
  static void walk(
      Model model,
      Set<String> parameters,
      Calibration calibration,
      boolean secondOrder,
      BlockwiseGradients.Visitor visitor,
      Runnable checkpoint) {
    List<Chunk> chunks = Chunk.of(calibration, secondOrder);
    SubmoduleGraphs.Source graphs =
        recomputes(model, calibration, chunks.size()) ? RecomputedGraphs::new : KeptGraphs::new;
    GradientTotals.Order order =
        secondOrder ? GradientTotals.SecondOrder::new : GradientTotals.FirstOrder::new;
    Set<String> wanted = new LinkedHashSet<>(parameters);
    new BlockwiseGradients(GradientWalk.of(model, chunks, wanted, checkpoint), graphs, order)
        .walk(visitor);
  }

  /** Whether submodules are computed again; no number depends on it. */
  private static boolean recomputes(Model model, Calibration calibration, int chunks) {
    if (model.weights().isSubmoduleed()) {
      return true; // graphs that are kept would keep every submodule's weights
    }
    Batch batch = calibration.batch();
    return switch (calibration.activations()) {
      case KEEP -> false;
      case RECOMPUTE -> true;
      case AUTO -> {
        int rows = calibration.to(batch.rows()) - calibration.from(batch.rows());
        long repeated = Math.max(1, chunks / rows);
        yield !Calibration.keepsActivations(
            Costs.of(model.decoder(), batch.tokens()), rows * repeated);
      }
    };
  }
}
