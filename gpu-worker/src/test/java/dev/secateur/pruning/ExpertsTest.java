package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.UnitScores;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.ExpertCounts;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Experts as units, against what Hugging Face transformers computes of the fixtures: the tokens
 * that each expert has, REAP's saliencies, and the logits with one expert less a block.
 */
class ExpertsTest {
  @TempDir Path folder;

  private static Checkpoint checkpoint(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family));
  }

  private static Model load(String family) {
    return CheckpointReader.load(checkpoint(family), Device.cpu());
  }

  private static JsonNode expected(String family) {
    try {
      return new ObjectMapper()
          .readTree(Fixtures.resource("experts/" + family + ".experts.json").toFile());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static SafetensorsFile arrays(String family) {
    return SafetensorsFile.open(Fixtures.resource("experts/" + family + ".experts.safetensors"));
  }

  private static Batch batch(String family) {
    try (SafetensorsFile arrays = arrays(family)) {
      long[] ids = arrays.integers("input_ids");
      return Batch.causal(
          new long[][] {Arrays.copyOfRange(ids, 0, 12), Arrays.copyOfRange(ids, 12, 24)});
    }
  }

  private static List<CoupledStructure> eligible(Decoder decoder, Strategy strategy) {
    return Eligible.of(Discovery.of(decoder), strategy, Eligible.Layers.both(0, decoder.layers()));
  }

  private static Map<String, double[]> scores(
      Model model, Strategy strategy, Criterion criterion, Batch batch) {
    Map<String, double[]> scores = new HashMap<>();
    for (MemberScores of :
        Estimation.of(
            model,
            eligible(model.decoder(), strategy),
            criterion,
            Calibration.whole(batch),
            1,
            () -> {})) {
      scores.put(of.structure(), UnitScores.of(of.members(), Aggregation.SUM));
    }
    return scores;
  }

  private static List<Recipe.Group> selected(
      Decoder decoder, Strategy strategy, Budget budget, Map<String, double[]> scores) {
    Selection selection =
        new Selection(
            decoder,
            eligible(decoder, strategy),
            strategy,
            Eligible.Layers.both(0, decoder.layers()),
            budget);
    selection.remove(1, scores);
    return selection.groups();
  }

  private static float[] logits(Model model, Batch batch) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }

  private static double[] numbers(JsonNode list) {
    double[] numbers = new double[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = list.get(i).asDouble();
    }
    return numbers;
  }

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

  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "olmoe", "gpt-oss"})
  void aSlicedModelEqualsTheFixturesAndTheOneWhoseExpertsAreClosed(String family)
      throws IOException {
    Batch batch = batch(family);
    try (Model model = load(family);
        SafetensorsFile arrays = arrays(family)) {
      assertThat(logits(model, batch)).containsExactly(floats(arrays, "logits"), within(1e-5f));
      List<Recipe.Group> groups = new ArrayList<>();
      expected(family)
          .properties()
          .forEach(
              layer ->
                  groups.add(
                      new Recipe.Group(
                          "layers." + layer.getKey() + ".experts",
                          4,
                          List.of(layer.getValue().get("removed").get(0).asInt()))));
      try (Model sliced = Slicer.slice(model, groups)) {
        assertThat(logits(sliced, batch))
            .containsExactly(floats(arrays, "logits.removed"), within(1e-5f))
            .containsExactly(closed(model, groups, batch), within(1e-5f));
        Path target = folder.resolve(family);
        WrittenCheckpoint written =
            CheckpointWriter.write(
                sliced, checkpoint(family), WrittenTypes.all(ElementType.F32), target);
        assertThat(written.isStock()).as(written.toString()).isTrue();
        try (Model read = load(target)) {
          assertThat(logits(read, batch)).isEqualTo(logits(sliced, batch));
          assertThat(read.decoder().experts().orElseThrow().inBlocks())
              .allMatch(count -> count == 0 || count == 3);
        }
      }
    }
  }

  private static Model load(Path written) {
    return CheckpointReader.load(Checkpoint.open(written), Device.cpu());
  }

  private static float[] floats(SafetensorsFile arrays, String name) {
    double[] values = arrays.reals(name);
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** The whole model, the logits of whose removed experts are minus infinity. */
  private static float[] closed(Model model, List<Recipe.Group> groups, Batch batch) {
    Map<String, List<Integer>> removed = new HashMap<>();
    groups.forEach(group -> removed.put(group.name(), group.removed()));
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      TensorOps ops =
          new TensorOps(scope, model, batch.idRows()) {
            @Override
            public NDArray mixture(
                NDArray x, NDArray logits, Mixture mixture, Expert<NDArray> expert) {
              NDArray open = logits;
              for (int gone : removed.get("layers." + mixture.layer() + ".experts")) {
                open = mixtures.without(scope, open, gone);
              }
              return super.mixture(x, open, mixture, expert);
            }
          };
      return model.decoder().logits(ops, batch.ids(scope)).toFloatArray();
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
            "a ratio of 0.6 takes 3 of the 4 experts of 'layers.0.experts', and a token needs 2");
    Recipe.Group many = new Recipe.Group("layers.0.experts", 4, List.of(0, 1, 3));
    assertThatThrownBy(() -> Pruning.prune(decoder, List.of(many)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'layers.0.experts' would keep 1 experts, and a token takes 2");
    assertThatThrownBy(() -> eligible(checkpoint("qwen3").decoder(), Strategy.EXPERT))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'expert' finds no experts");
  }

  /** Blocks may keep different numbers, of which the config then has a list. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss"})
  void blocksMayKeepDifferentNumbers(String family) throws IOException {
    Batch batch = batch(family);
    List<Recipe.Group> groups =
        List.of(
            new Recipe.Group("layers.1.experts", 4, List.of(0, 3)),
            new Recipe.Group("layers.2.experts", 4, List.of(2)));
    try (Model model = load(family);
        Model sliced = Slicer.slice(model, groups)) {
      Path target = folder.resolve("uneven");
      WrittenCheckpoint written =
          CheckpointWriter.write(
              sliced, checkpoint(family), WrittenTypes.all(ElementType.F32), target);
      assertThat(written.problem()).contains("2 experts of 24 channels in block");
      try (Model read = load(target);
          Model again = Slicer.slice(read, List.of(new Recipe.Group("layers", 3, List.of(0))))) {
        ExpertCounts counts = read.decoder().experts().orElseThrow();
        assertThat(counts.inBlocks().subList(1, 3)).containsExactly(2, 3);
        assertThat(again.decoder().experts().orElseThrow().inBlocks()).containsExactly(2, 3);
        assertThat(logits(read, batch)).isEqualTo(logits(sliced, batch));
        assertThat(logits(again, batch)).hasSameSizeAs(logits(sliced, batch));
        assertThat(read.weights().elements()).isLessThan(model.weights().elements());
      }
    }
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

  /** Channels that all experts of a block lose together leave stock sizes. */
  @ParameterizedTest
  @ValueSource(strings = {"mixtral", "qwen3-moe", "gpt-oss"})
  void sharedChannelsGoFromAllExpertsOfABlock(String family) throws IOException {
    Batch batch = batch(family);
    try (Model model = load(family)) {
      Map<String, double[]> scores =
          scores(model, Strategy.BLOCK_SHARED, Criterion.TAYLOR_ELEMENT1, batch);
      List<Recipe.Group> groups =
          selected(
              model.decoder(), Strategy.BLOCK_SHARED, Budget.local(new BigDecimal("0.5")), scores);
      Set<String> names = new TreeSet<>();
      groups.forEach(group -> names.add(group.name()));
      assertThat(names)
          .contains("layers.1.experts.mlp", "layers.2.experts.mlp")
          .noneMatch(name -> name.matches(".*experts\\.\\d.*"));
      try (Model sliced = Slicer.slice(model, groups)) {
        WrittenCheckpoint written =
            CheckpointWriter.write(
                sliced,
                checkpoint(family),
                WrittenTypes.all(ElementType.F32),
                folder.resolve("shared"));
        assertThat(written.isStock()).as(written.problem()).isTrue();
      }
      double[] own = scores.get("layers.1.experts.mlp");
      if (!family.equals("gpt-oss")) {
        Map<String, double[]> each =
            scores(model, Strategy.BLOCK, Criterion.TAYLOR_ELEMENT1, batch);
        double sum = 0;
        for (int expert = 0; expert < 4; expert++) {
          sum += each.get("layers.1.experts." + expert + ".mlp")[5];
        }
        assertThat(own[5]).isCloseTo(sum, within(1e-9));
      }
    }
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
