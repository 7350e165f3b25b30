package dev.secateur.pruning;

import static dev.secateur.pruning.ExpertModels.batch;
import static dev.secateur.pruning.ExpertModels.checkpoint;
import static dev.secateur.pruning.ExpertModels.eligible;
import static dev.secateur.pruning.ExpertModels.expected;
import static dev.secateur.pruning.ExpertModels.load;
import static dev.secateur.pruning.ExpertModels.numbers;
import static dev.secateur.pruning.ExpertModels.scores;
import static dev.secateur.pruning.ExpertModels.selected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Experts as units, against what Hugging Face transformers computes of the fixtures: the tokens
 * that each expert has, REAP's saliencies, and the logits with one expert less a block.
 */
class ExpertsTest {
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "olmoe", "gpt-oss"})
  void usageAndReapAreThoseOfTheFixtures(String family) {
    try (Model model = load(family)) {
      Map<String, double[]> usage = scores(model, Strategy.EXPERT, Criterion.USAGE, batch(family));
      Map<String, double[]> reap = scores(model, Strategy.EXPERT, Criterion.REAP, batch(family));
      JsonNode expected = expected(family);
      assertThat(usage).hasSize(expected.size());
      expected
          .properties()
          .forEach(
              layer -> {
                String structure = "layers." + layer.getKey() + ".experts";
                assertThat(usage.get(structure))
                    .containsExactly(numbers(layer.getValue().get("count")));
                assertThat(reap.get(structure))
                    .containsExactly(numbers(layer.getValue().get("reap")), within(1e-6));
              });
    }
  }

  /** REAP removes the expert of the lowest saliency, which is the one that the fixture names. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "olmoe", "gpt-oss"})
  void theStrategyRemovesTheLeastOfEachBlock(String family) {
    try (Model model = load(family)) {
      List<Recipe.Group> groups =
          selected(
              model.decoder(),
              Strategy.EXPERT,
              Budget.local(new BigDecimal("0.25")),
              scores(model, Strategy.EXPERT, Criterion.REAP, batch(family)));
      JsonNode expected = expected(family);
      assertThat(groups).hasSize(expected.size());
      groups.forEach(
          group ->
              assertThat(group.removed())
                  .containsExactly(
                      least(numbers(expected.get(group.name().split("\\.")[1]).get("reap")))));
    }
  }

  private static int least(double[] scores) {
    return Ranking.ascending(scores).get(0);
  }

  @Test
  void neverLeavesFewerExpertsThanATokenTakes() {
    Decoder decoder = checkpoint("mixtral").decoder();
    Map<String, double[]> scores = new HashMap<>();
    eligible(decoder, Strategy.EXPERT)
        .forEach(s -> scores.put(s.name(), new double[] {4, 1, 2, 3}));
    assertThat(
            selected(decoder, Strategy.EXPERT, Budget.local(new BigDecimal("0.5")), scores).get(1))
        .isEqualTo(new Recipe.Group("layers.1.experts", 4, List.of(1, 2)));
    assertThatThrownBy(
            () -> selected(decoder, Strategy.EXPERT, Budget.local(new BigDecimal("0.6")), scores))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "a ratio of 0.6 removes 3 of the 4 experts of 'layers.0.experts', but a token needs 2");
    Recipe.Group many = new Recipe.Group("layers.0.experts", 4, List.of(0, 1, 3));
    assertThatThrownBy(() -> Pruning.prune(decoder, List.of(many)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'layers.0.experts' would keep 1 experts, but a token needs 2");
    assertThatThrownBy(() -> eligible(checkpoint("qwen3").decoder(), Strategy.EXPERT))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'expert' finds no experts");
  }

  /** The fixture's third expert of the last block has no token: its scores are zero. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "taylor-vector",
        "taylor-element1",
        "taylor-element2",
        "taylor-mixed",
        "usage",
        "reap",
        "ablation"
      })
  void anExpertWithoutATokenScoresNothing(Criterion criterion) {
    try (Model model = load("qwen3-moe")) {
      double[] scores =
          scores(model, Strategy.EXPERT, criterion, batch("qwen3-moe")).get("layers.2.experts");
      // The router's row alone has a gradient, through the probabilities of the others.
      assertThat(scores[2]).isLessThan(0.2 * Math.min(scores[0], Math.min(scores[1], scores[3])));
    }
  }

  /** Each criterion scores what it suits, with finite numbers, own and shared channels alike. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "olmoe", "gpt-oss"})
  void everyCriterionScoresExpertsAndTheirChannels(String family) {
    try (Model model = load(family)) {
      for (Strategy strategy : Strategy.values()) {
        for (Criterion criterion : Criterion.values()) {
          boolean stacked = criterion == Criterion.OBS && family.equals("gpt-oss"); // refused
          if (criterion.suits(strategy) && !stacked) {
            Map<String, double[]> scores = scores(model, strategy, criterion, batch(family));
            assertThat(scores).as("%s %s", strategy, criterion).isNotEmpty();
            scores.forEach(
                (name, units) ->
                    assertThat(units)
                        .as("%s %s %s", strategy, criterion, name)
                        .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY));
          }
        }
      }
    }
  }

  /** Of experts the change of loss is measured with the expert closed, as slicing has it. */
  @Test
  void ablationIsTheChangeOfLossWithoutTheExpert() {
    Batch batch = batch("olmoe");
    try (Model model = load("olmoe")) {
      double[] changes =
          scores(model, Strategy.EXPERT, Criterion.ABLATION, batch).get("layers.1.experts");
      for (int expert = 0; expert < 4; expert++) {
        Recipe.Group group = new Recipe.Group("layers.1.experts", 4, List.of(expert));
        try (Model sliced = Slicer.slice(model, List.of(group))) {
          assertThat(changes[expert])
              .isCloseTo(Math.abs(loss(sliced, batch) - loss(model, batch)), within(1e-5));
        }
      }
    }
  }

  private static double loss(Model model, Batch batch) {
    return Math.log(
        dev.secateur.evaluation.Perplexity.of(model, batch.idRows(), (done, all) -> {})
            .perplexity());
  }

  /** All experts compete where the scope is global; each block keeps what a token takes. */
  @Test
  void expertsOfAllBlocksCompeteGlobally() {
    Decoder decoder = checkpoint("olmoe").decoder();
    Map<String, double[]> scores = new HashMap<>();
    eligible(decoder, Strategy.EXPERT)
        .forEach(
            s ->
                scores.put(
                    s.name(),
                    s.layer() == 1 ? new double[] {1, 1, 1, 97} : new double[] {9, 10, 11, 10}));
    List<Recipe.Group> groups =
        selected(
            decoder,
            Strategy.EXPERT,
            new Budget(
                dev.secateur.protocol.Scope.GLOBAL,
                dev.secateur.protocol.Target.GROUP_RATIO,
                new BigDecimal("0.25"),
                1),
            scores);
    assertThat(groups.get(1).removed()).containsExactly(0, 1);
    assertThat(groups.stream().mapToInt(group -> group.removed().size()).sum()).isEqualTo(3);
  }
}
