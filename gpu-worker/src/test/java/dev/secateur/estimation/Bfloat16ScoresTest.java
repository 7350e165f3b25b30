package dev.secateur.estimation;

import static dev.secateur.estimation.TinyModel.BATCH;
import static dev.secateur.estimation.TinyModel.load;
import static dev.secateur.estimation.TinyModel.scores;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.Residency;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Strategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scores of models that compute in bfloat16. */
class Bfloat16ScoresTest {
  private static final Set<Criterion> MEASURED =
      Set.of(
          Criterion.TAYLOR_VECTOR,
          Criterion.TAYLOR_ELEMENT1,
          Criterion.TAYLOR_ELEMENT2,
          Criterion.TAYLOR_MIXED,
          Criterion.L1,
          Criterion.L2,
          Criterion.WANDA,
          Criterion.FLAP);

  @TempDir Path folder;

  private static List<MemberScores> scored(Model of, Strategy strategy, Criterion criterion) {
    return scores(of, strategy, criterion, Calibration.whole(BATCH));
  }

  private static double[] units(MemberScores scores) {
    return UnitScores.of(scores.members(), Aggregation.SUM);
  }

  /** Not the tiny Gemma 3, of whose first MLP transformers too comes to a correlation of 0.72. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "llama-bias",
        "llama-gqa-tied",
        "llama-headdim",
        "llama3-rope",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "olmo2",
        "granite",
        "smollm3",
        "phi3",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2"
      })
  void rankUnitsAsScoresOfFloat32Do(String family) {
    try (Model wide = load(family);
        Model narrow = wide.held(Precision.BFLOAT16)) {
      for (Strategy strategy : List.of(Strategy.BLOCK, Strategy.CHANNEL)) {
        for (Criterion criterion : MEASURED) {
          compare(
              scored(wide, strategy, criterion),
              scored(narrow, strategy, criterion),
              criterion.label());
        }
      }
      Criterion influence = Criterion.BLOCK_INFLUENCE;
      assertThat(units(scored(narrow, Strategy.LAYER, influence).get(0)))
          .containsExactly(units(scored(wide, Strategy.LAYER, influence).get(0)), within(1e-3));
    }
  }

  private static void compare(List<MemberScores> wide, List<MemberScores> narrow, String name) {
    for (int s = 0; s < wide.size(); s++) {
      double[] expected = units(wide.get(s));
      double[] found = units(narrow.get(s));
      assertThat(found).isNotEqualTo(expected);
      if (expected.length > 16) { // heads are too few to rank
        assertThat(RankCorrelation.of(expected, found))
            .as("%s of %s", name, wide.get(s).structure())
            .isGreaterThan(0.99);
      }
    }
  }

  /** Losses differ by about as little as bfloat16 tells apart; no rank is asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "bloom", "chatglm"})
  void ablationStaysNearThatOfFloat32(String family) {
    try (Model wide = load(family);
        Model narrow = wide.held(Precision.BFLOAT16)) {
      List<MemberScores> expected = scored(wide, Strategy.BLOCK, Criterion.ABLATION);
      List<MemberScores> found = scored(narrow, Strategy.BLOCK, Criterion.ABLATION);
      for (int s = 0; s < expected.size(); s++) {
        assertThat(units(found.get(s))).containsExactly(units(expected.get(s)), within(2e-3));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "bloom", "chatglm", "gpt2"})
  void gradientsAreGivenInFloat32(String family) {
    try (Model wide = load(family);
        Model narrow = wide.held(Precision.BFLOAT16)) {
      Set<String> all = wide.weights().shapes().keySet();
      List<String> seen = new ArrayList<>();
      double loss =
          LossGradients.of(
              narrow,
              BATCH,
              all,
              (name, gradient) -> {
                seen.add(name);
                for (float value : gradient.toFloatArray()) { // DJL reads no bfloat16
                  assertThat(Float.isFinite(value)).isTrue();
                }
              });
      assertThat(seen).containsExactlyInAnyOrderElementsOf(all);
      assertThat(loss).isCloseTo(LossGradients.of(wide, BATCH, all, (n, g) -> {}), within(1e-2));
    }
  }

  /** Kept, recomputed, read from files: what is computed in is the same numbers. */
  @Test
  void areTheSameBitsHoweverTheWeightsAreKept() throws IOException {
    Path stored = Files.createDirectory(folder.resolve("stored"));
    try (Model wide = load("llama-gqa-tied")) {
      CheckpointWriter.write(wide, ElementType.BF16, stored);
    }
    for (Criterion criterion :
        List.of(Criterion.TAYLOR_ELEMENT1, Criterion.TAYLOR_MIXED, Criterion.WANDA, Criterion.L2)) {
      List<MemberScores> first = null;
      for (Residency residency : Residency.values()) {
        try (Model base = CheckpointReader.open(Checkpoint.open(stored), Device.cpu(), residency);
            Model narrow = base.held(Precision.BFLOAT16)) {
          List<MemberScores> found = scored(narrow, Strategy.BLOCK, criterion);
          first = first == null ? found : first;
          for (int s = 0; s < found.size(); s++) {
            assertThat(units(found.get(s)))
                .as("%s, %s", criterion, residency)
                .isEqualTo(units(first.get(s)));
          }
        }
      }
    }
  }
}
