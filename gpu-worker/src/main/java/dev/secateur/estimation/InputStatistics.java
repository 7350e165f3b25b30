package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Costs;
import dev.secateur.model.ForwardPass;
import dev.secateur.model.Layout;
import dev.secateur.model.Model;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Criteria that multiply each weight by a statistic of its input x: Wanda with its norm over all
 * tokens (arXiv 2306.11695), FLAP with its variance (arXiv 2312.11983). Only matrices are scored;
 * norms, biases and embeddings count zero. With the aggregation {@code last} the scores are those
 * of the papers, which look at the matrix that a unit's channels go into.
 */
final class InputStatistics {
  private static final String COUNT = ".tokens";
  private static final String SUM = ".sum";
  private static final String SQUARES = ".squares";

  private final Model model;
  private final Calibration calibration;
  private final Statistics statistics = new Statistics();

  InputStatistics(Model model, Calibration calibration) {
    this.model = model;
    this.calibration = calibration;
  }

  /** Of each matrix's input, by channel: how many tokens, their sum and their sum of squares. */
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
    public NDArray linear(NDArray x, Linear layer) {
      record(x, layer.name());
      return super.linear(x, layer);
    }

    @Override
    public NDArray stacked(NDArray x, Stacked layer, int expert) {
      record(x, layer.name() + "." + expert);
      return super.stacked(x, layer, expert);
    }

    /** An expert without a token has statistics of zero. */
    @Override
    protected boolean runsIdleExperts() {
      return true;
    }

    private void record(NDArray given, String name) {
      try (NDManager local = scope.newSubManager()) {
        NDArray x = isPair() ? kernels.slice(local, given, 0, 0, 1) : given;
        long channels = x.getShape().get(x.getShape().dimension() - 1);
        double[] moments = HostArrays.doubles(kernels.channelMoments(local, x));
        int width = (int) channels;
        statistics.add(name + COUNT, new double[] {x.size() / (double) channels});
        statistics.add(name + SUM, java.util.Arrays.copyOfRange(moments, 0, width));
        statistics.add(name + SQUARES, java.util.Arrays.copyOfRange(moments, width, 2 * width));
      }
    }
  }

  static List<MemberScores> scores(
      Model model, List<CoupledStructure> structures, Criterion criterion, Statistics statistics) {
    Places places = new Places(model.decoder(), structures);
    Map<String, Linear> matrices = new LinkedHashMap<>();
    Costs costs = Costs.of(model.decoder(), Costs.TOKENS);
    costs.linears().values().forEach(layer -> matrices.putIfAbsent(layer.weight(), layer));
    Statistics sums = new Statistics();
    Kernels kernels = Kernels.get();
    try (GradMode mode = GradMode.off()) {
      for (String name : places.parameters()) {
        try (NDManager scope = model.weights().manager().newSubManager()) {
          NDArray weight = kernels.float32(scope, model.weights().get(name));
          Linear layer = matrices.get(name);
          boolean squared = criterion == Criterion.FLAP;
          NDArray salience;
          if (layer != null) {
            float[] factors = factors(layer.name(), criterion, statistics);
            salience =
                kernels.weighted(scope, weight, HostArrays.of(scope, factors), layer.in(), squared);
          } else if (costs.stacks().containsKey(name)) {
            NDArray factors =
                ofExperts(name, weight.getShape().get(0), criterion, statistics, scope);
            salience = kernels.weighted(scope, weight, factors, 0, squared);
          } else {
            salience = kernels.scale(scope, weight, 0);
          }
          places.add(criterion.label(), name, salience, false, scope, sums);
        }
      }
    }
    List<MemberScores> all = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      List<double[]> members = new ArrayList<>();
      for (int m = 0; m < structure.members().size(); m++) {
        members.add(sums.get(Places.name(criterion.label(), structure, m)));
      }
      all.add(new MemberScores(structure.name(), List.copyOf(members)));
    }
    return all;
  }

  /** What each input channel's weights are multiplied with. */
  private static float[] factors(String name, Criterion criterion, Statistics statistics) {
    double tokens = Math.max(1, statistics.get(name + COUNT)[0]); // none leaves sums of zero
    double[] sum = statistics.get(name + SUM);
    double[] squares = statistics.get(name + SQUARES);
    float[] factors = new float[sum.length];
    for (int i = 0; i < factors.length; i++) {
      double mean = sum[i] / tokens;
      factors[i] =
          (float)
              (criterion == Criterion.WANDA
                  ? Math.sqrt(squares[i])
                  : Math.max(0, squares[i] / tokens - mean * mean));
    }
    return factors;
  }

  /** The same of each of a block's experts: (E, in). */
  private static NDArray ofExperts(
      String name, long experts, Criterion criterion, Statistics statistics, NDManager scope) {
    float[] all = new float[0];
    for (int expert = 0; expert < experts; expert++) {
      float[] of = factors(name + "." + expert, criterion, statistics);
      int at = all.length;
      all = java.util.Arrays.copyOf(all, at + of.length);
      System.arraycopy(of, 0, all, at, of.length);
    }
    return HostArrays.of(scope, all, experts, all.length / experts);
  }
}
