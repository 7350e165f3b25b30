package dev.secateur.estimation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Ranking;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputErrorsTest {
  private static final Batch BATCH = TinyModel.batch(3, 20);

  /** A pass of the whole model at once, in which every map's output has something added to it. */
  private static final class Probed extends TensorOps {
    private final Map<String, NDArray> read = new LinkedHashMap<>();
    private final Map<String, NDArray> added = new LinkedHashMap<>();

    private Probed(NDManager scope, Model model) {
      super(scope, model, BATCH.idRows());
    }

    @Override
    public NDArray linear(NDArray x, Linear layer) {
      NDArray y = super.linear(x, layer);
      NDArray zeros = kernels.leaf(scope, kernels.zeros(scope, y.getShape().getShape()));
      boolean lone = isPair();
      read.put(layer.name(), lone ? kernels.slice(scope, x, 0, 0, 1) : x);
      added.put(layer.name(), zeros);
      return kernels.add(scope, y, zeros);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "gpt2",
        "gpt-neox",
        "bloom",
        "opt",
        "gemma2",
        "chatglm",
        "phi3",
        "olmoe",
        "mixtral"
      })
  void scoresAreThoseOfAWholePassAndExplicitInverses(String family) {
    try (Model model = TinyModel.load(family)) {
      List<MemberScores> found =
          TinyModel.scores(model, Strategy.BLOCK, Criterion.OBS, Calibration.whole(BATCH));
      try (NDManager manager = model.weights().manager().newSubManager();
          GradMode mode = GradMode.recording()) {
        Kernels kernels = Kernels.get();
        Probed ops = new Probed(manager, model);
        NDArray x = model.decoder().embed(ops, BATCH.ids(manager));
        for (int layer = 0; layer < model.decoder().layers(); layer++) {
          x = model.decoder().block(ops, x, layer);
        }
        NDArray logits = model.decoder().head(ops, x);
        NDArray loss = kernels.crossEntropySum(manager, logits, BATCH.targets(manager));
        List<String> names = new ArrayList<>(ops.added.keySet());
        List<NDArray> gradients =
            kernels.grad(manager, loss, kernels.ones(manager), new ArrayList<>(ops.added.values()));
        List<OutputMatrix> matrices =
            OutputMatrix.of(model.decoder(), TinyModel.eligible(model, Strategy.BLOCK));
        assertThat(matrices).hasSameSizeAs(found);
        for (int i = 0; i < matrices.size(); i++) {
          String name = matrices.get(i).layer().name();
          double[] expected =
              expected(
                  model,
                  matrices.get(i),
                  kernels.detach(manager, ops.read.get(name)),
                  gradients.get(names.indexOf(name)),
                  manager);
          double[] scores = found.get(i).members().get(0);
          assertThat(Ranking.ascending(scores)).as(name).isEqualTo(Ranking.ascending(expected));
          double all = java.util.Arrays.stream(expected).sum();
          for (int unit = 0; unit < scores.length; unit++) {
            assertThat(scores[unit]).as(name).isCloseTo(expected[unit], within(1e-4 * all));
          }
        }
      }
    }
  }

  private static double[] expected(
      Model model, OutputMatrix matrix, NDArray read, NDArray gradient, NDManager manager) {
    long tokens = read.size() / matrix.size();
    double[] g = HostArrays.doubles(LinearAlgebraKernels.get().float64(manager, gradient));
    double[] z = HostArrays.doubles(LinearAlgebraKernels.get().float64(manager, read));
    NDArray weight = matrix.weight(model, manager);
    int outputs = (int) weight.getShape().get(0);
    double[] w = HostArrays.doubles(weight);
    double[][] a = new double[outputs][matrix.size()];
    for (int out = 0; out < outputs; out++) {
      double squares = 0;
      for (int place = out; place < g.length; place += outputs) {
        squares += g[place] * g[place];
      }
      for (int in = 0; in < matrix.size(); in++) {
        a[out][in] = w[out * matrix.size() + in] * Math.sqrt(squares / Math.max(1, tokens));
      }
    }
    double[][] gram = new double[matrix.size()][matrix.size()];
    for (int token = 0; token < tokens; token++) {
      for (int i = 0; i < matrix.size(); i++) {
        for (int j = 0; j < matrix.size(); j++) {
          gram[i][j] +=
              z[token * matrix.size() + (int) matrix.inputs()[i]]
                  * z[token * matrix.size() + (int) matrix.inputs()[j]];
        }
      }
    }
    double rho = matrix.size() / (double) Math.max(1, tokens);
    DenseRemoval.Result result = DenseRemoval.of(a, gram, rho, matrix.width(), 1);
    double[] losses = new double[result.order().size()];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = result.errors().get(i) - (i == 0 ? 0 : result.errors().get(i - 1));
    }
    int[] order = result.order().stream().mapToInt(u -> u).toArray();
    return new GreedyRemoval.Order(order, losses)
        .scores(0.5 / ((double) BATCH.rows() * BATCH.tokens()));
  }

  @Test
  void refusesUnitsThatGoIntoNoMatrixOfTheirOwn() {
    try (Model model = TinyModel.load("gpt-oss")) {
      assertThatThrownBy(
              () ->
                  TinyModel.scores(model, Strategy.BLOCK, Criterion.OBS, Calibration.whole(BATCH)))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("layers.0.experts.mlp")
          .hasMessageContaining("use another criterion");
    }
  }

  @Test
  void inputsThatAreComputedAgainGiveTheSameBits() {
    try (Model model = TinyModel.load("llama-gqa-tied")) {
      List<CoupledStructure> structures = TinyModel.eligible(model, Strategy.BLOCK);
      Calibration calibration = Calibration.whole(BATCH);
      Map<String, double[]> kept =
          new OutputErrors(model, structures, calibration).measure(() -> {}).byName();
      new OutputErrors(model, structures, calibration, 0)
          .measure(() -> {})
          .byName()
          .forEach((name, scores) -> assertThat(scores).containsExactly(kept.get(name)));
    }
    assertThat(SubmoduleInputs.stride(32, 1 << 28, 1L << 30)).isEqualTo(6);
    assertThat(SubmoduleInputs.stride(32, 1 << 24, 1L << 30)).isEqualTo(1);
  }
}
