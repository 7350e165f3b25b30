package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.MixtureKernels;
import java.util.Arrays;
import java.util.List;

/**
 * How experts process the samples' tokens: how many each computes, and what it adds to them (REAP,
 * arXiv 2510.13999, equation 9: the mean over those tokens of the expert's weight times the norm of
 * its output). One without a token scores zero.
 */
final class ExpertUse {
  private static final String USAGE = Criterion.USAGE.label() + "/";
  private static final String ADDED = Criterion.REAP.label() + ".sum/";

  private final Model model;
  private final Calibration calibration;
  private final Statistics statistics = new Statistics();

  ExpertUse(Model model, Calibration calibration) {
    this.model = model;
    this.calibration = calibration;
  }

  /**
   * Of each structure of experts: how many tokens each has, and the sum of what it adds.
   *
   * @throws ArithmeticException when that is not finite, since nothing chooses among such experts
   */
  Statistics measure(Runnable checkpoint) {
    new ForwardPass(
            model.decoder(),
            model.weights().inputsAtOnce(),
            model.weights().manager(),
            Recording::new)
        .run(calibration.layouts(), (index, logits, scope) -> {}, checkpoint);
    return statistics;
  }

  private final class Recording extends TensorOps {
    private Recording(NDManager scope, Layout layout) {
      super(scope, model, model.weights()::get, layout);
    }

    @Override
    protected void routed(
        Mixture mixture, MixtureKernels.Routing routing, double[] counts, List<NDArray> outputs) {
      double[] added = new double[counts.length];
      try (NDManager local = scope.newSubManager()) {
        double[] norms = HostArrays.doubles(mixtures.weightedNorms(local, routing, outputs));
        int at = 0;
        for (int expert = 0; expert < counts.length; expert++) {
          for (int token = 0; token < counts[expert]; token++) {
            added[expert] += norms[at++];
          }
        }
      }
      String structure = "layers." + mixture.layer() + ".experts";
      if (!Arrays.stream(added).allMatch(Double::isFinite)) {
        throw new ArithmeticException(
            "structure '" + structure + "': the output of the experts is not finite");
      }
      statistics.add(USAGE + structure, counts);
      statistics.add(ADDED + structure, added);
    }
  }

  static double[] scores(CoupledStructure experts, Criterion criterion, Statistics statistics) {
    double[] counts = statistics.get(USAGE + experts.name());
    if (criterion == Criterion.USAGE) {
      return counts.clone();
    }
    double[] added = statistics.get(ADDED + experts.name());
    double[] means = new double[added.length];
    for (int expert = 0; expert < means.length; expert++) {
      means[expert] = added[expert] / Math.max(1, counts[expert]);
    }
    return means;
  }
}
