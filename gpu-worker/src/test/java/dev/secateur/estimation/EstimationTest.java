package dev.secateur.estimation;

import static dev.secateur.estimation.TinyModel.BATCH;
import static dev.secateur.estimation.TinyModel.batch;
import static dev.secateur.estimation.TinyModel.calibration;
import static dev.secateur.estimation.TinyModel.eligible;
import static dev.secateur.estimation.TinyModel.load;
import static dev.secateur.estimation.TinyModel.scores;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Recipe;
import dev.secateur.pruning.Slicer;
import dev.secateur.tensor.GradMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EstimationTest {
  private static Model model;

  @BeforeAll
  static void loadTheModel() {
    model = load("llama-gqa-tied");
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static double loss(Model of) {
    return Math.log(Perplexity.of(of, BATCH.idRows(), (done, all) -> {}).perplexity());
  }

  @ParameterizedTest
  @ValueSource(strings = {"taylor-vector", "taylor-element2", "wanda", "flap", "ablation"})
  void partsOfTheSamplesOrUnitsAddUpToAllOfThem(Criterion criterion) {
    partsAddUp(model, Strategy.BLOCK, criterion);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"taylor-vector", "taylor-element2", "wanda", "flap", "ablation", "usage", "reap"})
  void partsOfExpertsScoresAddUpToo(Criterion criterion) {
    try (Model experts = load("qwen3-moe")) {
      partsAddUp(experts, Strategy.EXPERT, criterion);
    }
  }

  private static void partsAddUp(Model model, Strategy strategy, Criterion criterion) {
    assertThat(criterion.addsUp()).isTrue();
    List<CoupledStructure> structures = eligible(model, strategy);
    Statistics sum = new Statistics();
    for (int part = 0; part < 3; part++) {
      Calibration calibration = calibration(Fisher.SAMPLE, Activations.RECOMPUTE, part, 3);
      Estimation.measure(model, structures, List.of(criterion), calibration, () -> {})
          .byName()
          .forEach(sum::add);
    }
    List<MemberScores> merged = Estimation.scores(model, structures, criterion, sum, 1);
    List<MemberScores> whole = scores(model, strategy, criterion, Calibration.whole(BATCH));
    for (int s = 0; s < whole.size(); s++) {
      for (int m = 0; m < whole.get(s).members().size(); m++) {
        assertThat(merged.get(s).members().get(m))
            .containsExactly(whole.get(s).members().get(m), within(2e-6));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"taylor-vector", "taylor-element1", "taylor-element2", "taylor-mixed"})
  void keptActivationsGiveTheScoresOfRecomputedOnes(Criterion criterion) {
    for (Strategy strategy : List.of(Strategy.BLOCK, Strategy.CHANNEL, Strategy.LAYER)) {
      List<MemberScores> kept =
          scores(model, strategy, criterion, calibration(Fisher.SAMPLE, Activations.KEEP, 0, 1));
      List<MemberScores> again =
          scores(
              model, strategy, criterion, calibration(Fisher.SAMPLE, Activations.RECOMPUTE, 0, 1));
      for (int s = 0; s < kept.size(); s++) {
        for (int m = 0; m < kept.get(s).members().size(); m++) {
          assertThat(kept.get(s).members().get(m))
              .containsExactly(again.get(s).members().get(m), within(1e-7));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "bloom",
        "gpt2",
        "phi3",
        "gemma2",
        "gemma3",
        "granite",
        "smollm3",
        "qwen3-moe",
        "gpt-oss"
      })
  void ablationIsTheChangeOfLossWithoutTheUnit(String family) {
    try (Model of = load(family)) {
      double whole = loss(of);
      List<CoupledStructure> structures = eligible(of, Strategy.BLOCK);
      List<MemberScores> found =
          scores(of, Strategy.BLOCK, Criterion.ABLATION, Calibration.whole(BATCH));
      for (int s : List.of(0, 1, 4)) {
        CoupledStructure structure = structures.get(s);
        Recipe.Group group = new Recipe.Group(structure.name(), structure.units(), List.of(1));
        try (Model without = Slicer.slice(of, List.of(group))) {
          assertThat(found.get(s).members().get(0)[1])
              .as(structure.name())
              .isCloseTo(Math.abs(loss(without) - whole), within(2e-6));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "chatglm"})
  void ablationOfLayersIsTheChangeOfLossWhenTheyAreSkipped(String family) {
    try (Model of = load(family)) {
      double whole = loss(of);
      double[] found =
          scores(of, Strategy.LAYER, Criterion.ABLATION, Calibration.whole(BATCH))
              .get(0)
              .members()
              .get(0);
      for (int layer = 0; layer < 3; layer++) {
        try (Model without =
            Slicer.slice(of, List.of(new Recipe.Group("layers", 3, List.of(layer))))) {
          assertThat(found[layer]).isCloseTo(Math.abs(loss(without) - whole), within(2e-6));
        }
      }
    }
  }

  /** The first-order term is the derivative of the loss: scaling a unit's weights shows it. */
  @Test
  void firstOrderSalienceAgreesWithFiniteDifferences() {
    List<CoupledStructure> structures = eligible(model, Strategy.BLOCK);
    Statistics statistics =
        Estimation.measure(
            model,
            structures,
            List.of(Criterion.TAYLOR_VECTOR),
            Calibration.whole(BATCH),
            () -> {});
    int mlp = 1;
    double[] channels = statistics.get("taylor-vector/" + structures.get(mlp).name() + "/2");
    String down = structures.get(mlp).members().get(2).parameter();
    for (int unit : List.of(0, 40, 87)) {
      double step = 0.1; // the loss is rounded to some 5e-7: a small step shows that and no slope
      double slope =
          (scaledLoss(down, unit, 1 + step) - scaledLoss(down, unit, 1 - step)) / step / 2;
      assertThat(channels[unit]).isCloseTo(slope, within(1e-5));
    }
  }

  private static double scaledLoss(String parameter, int column, double factor) {
    NDArray weight = model.weights().get(parameter);
    float[] original = weight.toFloatArray();
    float[] changed = original.clone();
    int columns = (int) weight.getShape().get(1);
    for (int i = column; i < changed.length; i += columns) {
      changed[i] *= (float) factor;
    }
    dev.secateur.tensor.Kernels kernels = dev.secateur.tensor.Kernels.get();
    try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
      kernels.write(weight, 0, scope.create(changed));
      double loss = loss(model);
      kernels.write(weight, 0, scope.create(original));
      return loss;
    }
  }

  /** A row of two tokens predicts one: its own loss is the token's. */
  @Test
  void tokenFisherIsThatOfSamplesWhereEachPredictsOneToken() {
    Batch pairs = batch(6, 2);
    List<MemberScores> samples =
        scores(
            model,
            Strategy.BLOCK,
            Criterion.TAYLOR_ELEMENT2,
            new Calibration(pairs, Fisher.SAMPLE, Activations.RECOMPUTE, 0, 1));
    List<MemberScores> tokens =
        scores(
            model,
            Strategy.BLOCK,
            Criterion.TAYLOR_ELEMENT2,
            new Calibration(pairs, Fisher.TOKEN, Activations.RECOMPUTE, 0, 1));
    for (int s = 0; s < samples.size(); s++) {
      assertThat(tokens.get(s).members().get(0))
          .containsExactly(samples.get(s).members().get(0), within(1e-9));
    }
  }

  @Test
  void wandaAndFlapWeighWeightsWithTheirInputs() {
    String down = "model.layers.1.mlp.down_proj";
    List<float[]> inputs = new ArrayList<>();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      model
          .decoder()
          .logits(
              new TensorOps(scope, model, BATCH.idRows()) {
                @Override
                public NDArray linear(NDArray x, Linear layer) {
                  if (layer.name().equals(down)) {
                    inputs.add(x.toFloatArray());
                  }
                  return super.linear(x, layer);
                }
              },
              BATCH.ids(scope));
    }
    float[] x = inputs.get(0);
    float[] weight = model.weights().get(down + ".weight").toFloatArray();
    int width = 88;
    int tokens = x.length / width;
    for (int unit : List.of(3, 50)) {
      double squares = 0;
      double sum = 0;
      for (int t = 0; t < tokens; t++) {
        squares += x[t * width + unit] * x[t * width + unit];
        sum += x[t * width + unit];
      }
      double absolute = 0;
      double squared = 0;
      for (int i = unit; i < weight.length; i += width) {
        absolute += Math.abs(weight[i]);
        squared += weight[i] * weight[i];
      }
      double variance = squares / tokens - sum / tokens * sum / tokens;
      assertThat(last(Criterion.WANDA)[unit])
          .isCloseTo(absolute * Math.sqrt(squares), within(1e-5));
      assertThat(last(Criterion.FLAP)[unit]).isCloseTo(squared * variance, within(1e-7));
    }
  }

  /** Of the MLP of layer 1 the scores of its last member. */
  private static double[] last(Criterion criterion) {
    return scores(model, Strategy.BLOCK, criterion, Calibration.whole(BATCH))
        .get(3)
        .members()
        .get(2);
  }

  @Test
  void blockInfluenceIsOneMinusTheMeanCosineOfABlocksInputAndOutput() {
    double[] influence =
        scores(model, Strategy.LAYER, Criterion.BLOCK_INFLUENCE, Calibration.whole(BATCH))
            .get(0)
            .members()
            .get(0);
    assertThat(influence).hasSize(3);
    Submodules submodules = new Submodules(model);
    try (NDManager scope = model.weights().manager().newSubManager()) {
      List<NDArray> inputs =
          submodules.inputs(scope, BATCH, (local, submodule) -> submodules.ops(local, BATCH));
      for (int layer = 0; layer < influence.length; layer++) {
        assertThat(influence[layer])
            .as("layer %d", layer)
            .isCloseTo(1 - meanCosine(inputs.get(layer + 1), inputs.get(layer + 2)), within(1e-9));
      }
    }
  }

  /** In plain Java, in float64. */
  private static double meanCosine(NDArray a, NDArray b) {
    float[] x = a.toFloatArray();
    float[] y = b.toFloatArray();
    int width = (int) a.getShape().get(2);
    double sum = 0;
    for (int token = 0; token < x.length; token += width) {
      double product = 0;
      double squareX = 0;
      double squareY = 0;
      for (int i = token; i < token + width; i++) {
        product += (double) x[i] * y[i];
        squareX += (double) x[i] * x[i];
        squareY += (double) y[i] * y[i];
      }
      sum += product / Math.sqrt(squareX * squareY);
    }
    int tokens = x.length / width;
    return sum / tokens;
  }

  @Test
  void positionsOrderLayersAsTheBaselinesDo() {
    List<CoupledStructure> layers = eligible(model, Strategy.LAYER);
    Map<Criterion, List<Integer>> order =
        Map.of(
            Criterion.FIRST_N, List.of(2, 1, 0),
            Criterion.LAST_N, List.of(0, 1, 2),
            Criterion.ALTERNATE, List.of(1, 0, 2));
    order.forEach(
        (criterion, expected) ->
            assertThat(
                    dev.secateur.pruning.Ranking.ascending(
                        Estimation.scores(model, layers, criterion, new Statistics(), 1)
                            .get(0)
                            .members()
                            .get(0)))
                .as(criterion.label())
                .isEqualTo(expected));
  }
}
