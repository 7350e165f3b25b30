package dev.secateur.estimation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.compensation.LeastSquares;
import dev.secateur.compensation.Moments;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.PointPruning;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfilesTest {
  private static final Batch BATCH = TinyModel.batch(6, 12);
  private static final int WINDOWS = 2;

  private static Map<String, int[]> orders(Model model) {
    return PointPruning.orders(
        TinyModel.scores(model, Strategy.BLOCK, Criterion.L2, Calibration.whole(BATCH)),
        Aggregation.SUM);
  }

  private static Map<String, double[]> profiles(Model model, List<CoupledStructure> structures) {
    return new Profiles(model, structures, orders(model), BATCH, WINDOWS)
        .measure(() -> {})
        .byName();
  }

  /** The whole model at once, in double precision where it counts: another way to the number. */
  private static double divergence(Model model, OutputMatrix matrix, int[] gone) {
    try (NDManager manager = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      Kernels kernels = Kernels.get();
      List<NDArray> read = new ArrayList<>();
      NDArray whole =
          logits(
              model,
              new TensorOps(manager, model, BATCH.idRows()) {
                @Override
                public NDArray linear(NDArray x, Linear layer) {
                  if (layer.name().equals(matrix.layer().name())) {
                    read.add(x);
                  }
                  return super.linear(x, layer);
                }
              },
              manager);
      boolean[] out = new boolean[matrix.structure().units()];
      Arrays.stream(gone).forEach(unit -> out[unit] = true);
      long[] kept =
          IntStream.range(0, matrix.size())
              .filter(i -> !out[i / matrix.width()])
              .mapToLong(i -> matrix.inputs()[i])
              .sorted()
              .toArray();
      boolean transposed = matrix.layer().transposed();
      NDArray stored = model.weights().get(matrix.layer().weight());
      NDArray weight = transposed ? kernels.transposed(manager, stored) : stored; // (out, in)
      long outputs = weight.getShape().get(0);
      NDArray z = read.get(0);
      NDArray some = kernels.select(manager, z, z.getShape().dimension() - 1, kept);
      Moments moments = new Moments(manager, kept.length, outputs);
      moments.add(some, kernels.linear(manager, z, weight));
      NDArray prior = kernels.select(manager, weight, 1, kept);
      double[] wide = new double[(int) prior.size()];
      float[] narrow = HostArrays.floats(prior);
      Arrays.setAll(wide, i -> narrow[i]);
      double rho = 2.0 * kept.length / moments.tokens();
      double[] fitted =
          HostArrays.doubles(
              new LeastSquares(HostArrays.of(manager, wide, outputs, kept.length), 0)
                  .solve(manager, moments, rho));
      float[] full = new float[(int) outputs * matrix.size()];
      for (int i = 0; i < outputs; i++) {
        for (int k = 0; k < kept.length; k++) {
          int place =
              transposed ? (int) kept[k] * (int) outputs + i : i * matrix.size() + (int) kept[k];
          full[place] = (float) fitted[i * kept.length + k];
        }
      }
      NDArray refitted =
          transposed
              ? HostArrays.of(manager, full, matrix.size(), outputs)
              : HostArrays.of(manager, full, outputs, matrix.size());
      NDArray pruned =
          logits(
              model,
              new TensorOps(
                  manager,
                  model,
                  name ->
                      name.equals(matrix.layer().weight()) ? refitted : model.weights().get(name),
                  BATCH.idRows()),
              manager);
      return divergence(HostArrays.floats(whole), HostArrays.floats(pruned), vocabulary(model));
    }
  }

  private static int vocabulary(Model model) {
    return Math.toIntExact(model.decoder().vocabulary());
  }

  private static NDArray logits(Model model, TensorOps ops, NDManager manager) {
    NDArray x = model.decoder().embed(ops, BATCH.ids(manager));
    for (int layer = 0; layer < model.decoder().layers(); layer++) {
      x = model.decoder().block(ops, x, layer);
    }
    return model.decoder().head(ops, x);
  }

  /** Of the windows' positions, in Java. */
  private static double divergence(float[] whole, float[] other, int vocabulary) {
    int positions = WINDOWS * BATCH.tokens();
    double sum = 0;
    for (int position = 0; position < positions; position++) {
      int from = position * vocabulary;
      double p = logSum(whole, from, vocabulary);
      double q = logSum(other, from, vocabulary);
      for (int v = from; v < from + vocabulary; v++) {
        sum += Math.exp(whole[v] - p) * ((whole[v] - p) - (other[v] - q));
      }
    }
    return sum / positions;
  }

  private static double logSum(float[] logits, int from, int count) {
    double sum = 0;
    for (int v = from; v < from + count; v++) {
      sum += Math.exp(logits[v]);
    }
    return Math.log(sum);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "gpt-neox", "bloom", "gemma2"})
  void profilesAreTheDivergencesOfModelsRefittedAtOnce(String family) {
    try (Model model = TinyModel.load(family)) {
      List<CoupledStructure> structures = TinyModel.eligible(model, Strategy.BLOCK);
      Map<String, double[]> found = profiles(model, structures);
      Map<String, int[]> orders = orders(model);
      for (OutputMatrix matrix : OutputMatrix.of(model.decoder(), structures)) {
        String name = matrix.structure().name();
        int[] levels = Profiles.levels(matrix.structure());
        assertThat(found.get(name)).hasSize(levels.length);
        for (int i = 0; i < levels.length; i += 3) {
          double expected = divergence(model, matrix, Arrays.copyOf(orders.get(name), levels[i]));
          assertThat(found.get(name)[i])
              .as(name + " without " + levels[i])
              .isCloseTo(expected, within(1e-6 + 1e-3 * expected));
        }
      }
    }
  }

  @Test
  void partsOfTheStructuresHaveTheSameBits() {
    try (Model model = TinyModel.load("llama-gqa-tied")) {
      List<CoupledStructure> structures = TinyModel.eligible(model, Strategy.BLOCK);
      Map<String, double[]> whole = profiles(model, structures);
      for (int part = 0; part < 3; part++) {
        List<CoupledStructure> some =
            structures.subList(structures.size() * part / 3, structures.size() * (part + 1) / 3);
        profiles(model, some)
            .forEach(
                (name, losses) -> assertThat(losses).as(name).containsExactly(whole.get(name)));
      }
    }
  }
}
