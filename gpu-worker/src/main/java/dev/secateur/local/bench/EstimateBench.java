package dev.secateur.local.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Statistics;
import dev.secateur.estimation.UnitScores;
import dev.secateur.memory.Work;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Initialization;
import dev.secateur.model.Model;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Budget;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Selection;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Times discovery, a forward pass, estimation of first and second order, and ranking on a random
 * LLaMA, block strategy, all layers; and, for comparison, the same floating-point operations as
 * plain matrix products.
 */
public final class EstimateBench {
  private final RandomLlama size;
  private final Batch batch;
  private final int repetitions;
  private final boolean secondOrder;
  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private final Map<String, Long> peaks = new LinkedHashMap<>();

  /**
   * @param repetitions after one run to warm up; the median counts
   * @param secondOrder whether the second order is measured too
   */
  public EstimateBench(
      RandomLlama size, int rows, int tokens, int repetitions, boolean secondOrder) {
    this.size = size;
    this.batch = size.batch(rows, tokens, 1);
    this.repetitions = repetitions;
    this.secondOrder = secondOrder;
  }

  /** What it does, in the sizes that memory depends on. */
  public static List<Work> works(int rows, int tokens, boolean secondOrder) {
    return List.of(
        new Work.Rows(rows, tokens),
        new Work.Gradients(rows, tokens, secondOrder, false, Activations.AUTO));
  }

  /** Seconds by what took them, in the order they were measured. */
  public Map<String, Double> run(Device device) {
    Decoder decoder = size.decoder();
    time("discovery", () -> Discovery.of(decoder));
    Eligible.Layers all = Eligible.Layers.both(0, decoder.layers());
    List<CoupledStructure> structures = Eligible.of(Discovery.of(decoder), Strategy.BLOCK, all);
    try (Model model = new Model(decoder, Initialization.random(decoder, 1, device))) {
      time("forward", () -> forward(model));
      time("first order", () -> measure(model, structures, Criterion.TAYLOR_ELEMENT1));
      seconds.put(
          "of that backward and scores", seconds.get("first order") - seconds.get("forward"));
      if (secondOrder) {
        time("second order", () -> measure(model, structures, Criterion.TAYLOR_ELEMENT2));
      }
      Statistics statistics = measure(model, structures, Criterion.TAYLOR_ELEMENT1);
      time("ranking", () -> rank(model, structures, statistics, all));
      time("same operations in matrix products", () -> products(model));
    }
    return seconds;
  }

  /** The most memory that the process had held by the end of each measurement. */
  public Map<String, Long> peaks() {
    return peaks;
  }

  private void time(String what, Runnable work) {
    double[] times = new double[repetitions];
    work.run();
    for (int i = 0; i < repetitions; i++) {
      long start = System.nanoTime();
      work.run();
      times[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(times);
    seconds.put(what, times[repetitions / 2]);
    PeakMemory.bytes().ifPresent(bytes -> peaks.put(what, bytes));
  }

  private void forward(Model model) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray logits = model.logits(scope, batch);
      HostArrays.number(Kernels.get().crossEntropySum(scope, logits, batch.targets(scope)));
    }
  }

  private Statistics measure(Model model, List<CoupledStructure> structures, Criterion criterion) {
    return Estimation.measure(
        model, structures, List.of(criterion), Calibration.whole(batch), () -> {});
  }

  private static void rank(
      Model model,
      List<CoupledStructure> structures,
      Statistics statistics,
      Eligible.Layers layers) {
    Map<String, double[]> units = new HashMap<>();
    for (MemberScores scores :
        Estimation.scores(model, structures, Criterion.TAYLOR_ELEMENT1, statistics, 1)) {
      units.put(scores.structure(), UnitScores.of(scores.members(), Aggregation.SUM));
    }
    Selection selection =
        new Selection(
            model.decoder(),
            structures,
            Strategy.BLOCK,
            layers,
            Budget.local(new BigDecimal("0.25")));
    selection.remove(1, units);
  }

  /**
   * A forward pass and the two products of a backward pass, of each affine map and nothing else:
   * what no implementation of first order can do without.
   */
  private void products(Model model) {
    Kernels kernels = Kernels.get();
    long rows = (long) batch.rows() * batch.tokens();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      Costs.of(model.decoder(), 1)
          .linears()
          .values()
          .forEach(
              layer -> {
                try (NDManager local = scope.newSubManager()) {
                  NDArray weight = model.weights().get(layer.weight());
                  NDArray x = kernels.ones(local, rows, weight.getShape().get(1));
                  NDArray y = kernels.linear(local, x, weight);
                  kernels.matMul(local, y, weight); // gradient of the input
                  NDArray transposed = kernels.transposed(local, y);
                  kernels.matMul(local, transposed, x); // gradient of the weight
                }
              });
    }
  }
}
