package dev.secateur.estimation;

import static dev.secateur.estimation.TinyModel.BATCH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.EditedCheckpoint;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.IterativePruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.Kernels;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing is ranked, pruned or reported by a number that is not finite. */
class FiniteScoresTest {
  private static final String UP = "model.layers.2.mlp.up_proj.weight"; // (88, 32)

  @TempDir Path folder;

  private static void write(Model model, String name, long start, float... values) {
    try (NDManager scope = NDManager.newBaseManager(Device.cpu())) {
      Kernels.get().write(model.weights().get(name), start, scope.create(values));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, NaN",
    "F32, Infinity",
    "F32, -Infinity",
    "F16, NaN",
    "F16, -Infinity",
    "BF16, Infinity"
  })
  void aStoredWeightThatIsNotFiniteIsRefusedByNameWhoeverReadsIt(ElementType type, float value) {
    EditedCheckpoint broken =
        EditedCheckpoint.of("llama-mha", folder)
            .tensors(
                tensors -> {
                  if (type != ElementType.F32) {
                    tensors.convert(UP, type);
                  }
                  tensors.set(UP, 3 * 32 + 5, value);
                });
    Checkpoint checkpoint = Checkpoint.open(broken.folder());
    assertThatThrownBy(() -> CheckpointReader.load(checkpoint, Device.cpu()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "model.safetensors: tensor '" + UP + "' holds " + value + " at [3, 5];")
        .message()
        .hasLineCount(1);
  }

  /** Weights that are finite, and whose scores are too large for float32. */
  @ParameterizedTest
  @CsvSource({"l2, BLOCK", "l2, LAYER", "l2, IGNORE_DEPENDENCIES", "flap, BLOCK", "wanda, BLOCK"})
  void aScoreThatOverflowsNamesItsStructureAndTensor(Criterion criterion, Strategy strategy) {
    try (Model model = TinyModel.load("llama-mha")) {
      write(model, UP, 3 * 32, 3e38f, -3e38f);
      write(model, "model.layers.2.post_attention_layernorm.weight", 0, 1e5f, 1e5f);
      assertThatThrownBy(
              () -> TinyModel.scores(model, strategy, criterion, Calibration.whole(BATCH)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining(
              strategy == Strategy.LAYER ? "structure 'layers'" : "structure 'layers.2.mlp")
          .hasMessageContaining("by '" + criterion.label() + "' is ")
          .hasMessageContaining("tensor '" + UP + "'")
          .message()
          .hasLineCount(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "taylor-vector",
        "taylor-element1",
        "taylor-element2",
        "taylor-mixed",
        "l1",
        "l2",
        "wanda",
        "flap",
        "ablation",
        "block-influence",
        "obs"
      })
  void everyCriterionThatLooksAtWeightsRefusesAModelThatComputesNaN(Criterion criterion) {
    boolean ofExperts = criterion.suits(Strategy.EXPERT) && !criterion.suits(Strategy.BLOCK);
    Strategy strategy =
        ofExperts
            ? Strategy.EXPERT
            : criterion == Criterion.BLOCK_INFLUENCE ? Strategy.LAYER : Strategy.BLOCK;
    try (Model model = TinyModel.load(ofExperts ? "qwen3-moe" : "llama-mha")) {
      write(model, ofExperts ? "model.layers.0.mlp.up_proj.weight" : UP, 3 * 32, Float.NaN);
      assertThatThrownBy(
              () -> TinyModel.scores(model, strategy, criterion, Calibration.whole(BATCH)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageMatching(".*(NaN|not finite).*");
    }
  }

  @ParameterizedTest
  @EnumSource(Aggregation.class)
  void noAggregationAndNoScopeRanksThem(Aggregation aggregation) {
    try (Model model = TinyModel.load("llama-mha")) {
      for (Scope scope : Scope.values()) {
        for (double value : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
          assertThatThrownBy(() -> prune(model, aggregation, scope, value))
              .as(scope + " " + value)
              .isInstanceOf(ArithmeticException.class)
              .hasMessageContaining("structure 'layers.2.mlp': the score of unit 7")
              .hasMessageContaining("'" + aggregation.label() + "'")
              .hasMessageContaining(Double.toString(value));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Scope.class)
  void aProductOfZeroIsTheLeastScoreAndNoError(Scope scope) {
    try (Model model = TinyModel.load("llama-mha")) {
      assertThat(removed(prune(model, Aggregation.PRODUCT, scope, 0))).contains(7);
      assertThat(removed(prune(model, Aggregation.PRODUCT, scope, -1e-9))).contains(7);
    }
  }

  private static List<Integer> removed(List<Recipe.Group> groups) {
    return groups.stream()
        .filter(group -> group.name().equals("layers.2.mlp"))
        .findFirst()
        .orElseThrow()
        .removed();
  }

  /** Prunes by scores of one, but of one member of one unit. */
  private static List<Recipe.Group> prune(
      Model model, Aggregation aggregation, Scope scope, double value) {
    List<CoupledStructure> structures = TinyModel.eligible(model, Strategy.BLOCK);
    List<MemberScores> scores = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      List<double[]> members = new ArrayList<>();
      structure
          .members()
          .forEach(
              member -> {
                double[] units = new double[structure.units()];
                Arrays.fill(units, 1);
                members.add(units);
              });
      if (structure.name().equals("layers.2.mlp")) {
        members.get(members.size() - 1)[7] = value;
      }
      scores.add(new MemberScores(structure.name(), members));
    }
    LayerSpan all = new LayerSpan(0, 3);
    Point point =
        new Point(
            Strategy.BLOCK,
            all,
            all,
            new BigDecimal("0.5"),
            Criterion.L1,
            aggregation,
            scope,
            Target.GROUP_RATIO,
            1);
    return IterativePruning.run(
        model.decoder(), () -> model, structures, point, scores, (current, left, step) -> scores);
  }

  @Test
  void aPerplexityBeyondAllNumbersIsAnErrorAndNoResult() {
    try (Model model = TinyModel.load("llama-mha")) {
      float[] head = model.weights().get("lm_head.weight").toFloatArray();
      for (int i = 0; i < head.length; i++) {
        head[i] *= 1e6f;
      }
      write(model, "lm_head.weight", 0, head);
      assertThatThrownBy(() -> Perplexity.of(model, BATCH.idRows(), (done, all) -> {}))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("the perplexity of the evaluation text is Infinity");
    }
  }
}
