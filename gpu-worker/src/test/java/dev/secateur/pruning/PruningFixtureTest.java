package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.Calibration;
import dev.secateur.estimation.Estimation;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.UnitScores;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Strategy;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Importance, removed units and the pruned model's loss for every criterion and aggregation,
 * against an independent computation with Hugging Face transformers.
 */
class PruningFixtureTest {
  private static final Map<String, Criterion> CRITERIA =
      Map.of(
          "vectorize", Criterion.TAYLOR_VECTOR,
          "param_first", Criterion.TAYLOR_ELEMENT1,
          "param_second", Criterion.TAYLOR_ELEMENT2,
          "param_mix", Criterion.TAYLOR_MIXED,
          "l1", Criterion.L1,
          "l2", Criterion.L2);

  private static final Map<String, Aggregation> AGGREGATIONS =
      Map.of(
          "sum", Aggregation.SUM,
          "prod", Aggregation.PRODUCT,
          "max", Aggregation.MAX,
          "mean", Aggregation.MEAN,
          "last", Aggregation.LAST);

  @ParameterizedTest
  @CsvSource({
    "llama-mha, llama-mha",
    "llama-mha, llama-mha.channel",
    "llama-gqa-tied, llama-gqa-tied",
    "llama-gqa-tied, llama-gqa-tied.channel",
    "llama-headdim, llama-headdim"
  })
  void prunesTheExpectedUnitsOfATinyModel(String family, String fixture) throws IOException {
    check(
        Fixtures.resource("families/" + family),
        Fixtures.resource("pruning/" + fixture + ".json"),
        Fixtures.resource("pruning/" + family + ".ids.safetensors"),
        Optional.empty());
  }

  @Test
  void prunesTheExpectedUnitsOfStories260kInBlocks() throws IOException {
    checkStories("stories260k.json");
  }

  @Test
  void prunesTheExpectedUnitsOfStories260kInChannels() throws IOException {
    checkStories("stories260k.channel.json");
  }

  private void checkStories(String fixture) throws IOException {
    assumeTrue(
        Fixtures.hasShared("models/stories260k"), "stories260k is not beside the project: skipped");
    Path shared = Fixtures.shared();
    check(
        shared.resolve("models/stories260k"),
        shared.resolve("fixtures/pruning/" + fixture),
        shared.resolve("fixtures/pruning/stories260k.calibration.safetensors"),
        Optional.of(shared.resolve("fixtures/pruning/stories260k.eval.safetensors")));
  }

  private void check(Path checkpoint, Path fixture, Path calibration, Optional<Path> evaluation)
      throws IOException {
    JsonNode expected = Json.MAPPER.readTree(fixture.toFile());
    Strategy strategy =
        Strategy.valueOf(expected.get("strategy").asText().toUpperCase(Locale.ROOT));
    long[][] samples = rows(calibration);
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      Eligible.Layers layers =
          Eligible.Layers.both(
              expected.get("layers").get(0).asInt(), expected.get("layers").get(1).asInt());
      List<CoupledStructure> eligible =
          Eligible.of(Discovery.of(model.decoder()), strategy, layers);
      Map<Criterion, List<MemberScores>> scores = new HashMap<>();
      Calibration whole = Calibration.whole(Batch.causal(samples));
      for (Criterion.Family family :
          List.of(
              Criterion.Family.FIRST_ORDER,
              Criterion.Family.SECOND_ORDER,
              Criterion.Family.MAGNITUDE)) {
        scores.putAll(Estimation.of(model, eligible, family, whole, 1, () -> {}));
      }
      assertThat(loss(model, samples))
          .isCloseTo(expected.get("loss").asDouble(), withPercentage(0.1));
      int runs = 0;
      for (JsonNode run : expected.get("runs")) {
        checkRun(run, model, strategy, layers, eligible, scores, samples, evaluation);
        runs++;
      }
      assertThat(runs).isEqualTo(30);
    }
  }

  private void checkRun(
      JsonNode run,
      Model model,
      Strategy strategy,
      Eligible.Layers layers,
      List<CoupledStructure> eligible,
      Map<Criterion, List<MemberScores>> scores,
      long[][] samples,
      Optional<Path> evaluation) {
    String name = run.get("criterion").asText() + " " + run.get("aggregation").asText();
    Criterion criterion = CRITERIA.get(run.get("criterion").asText());
    Aggregation aggregation = AGGREGATIONS.get(run.get("aggregation").asText());
    for (int s = 0; s < eligible.size(); s++) {
      String structure = eligible.get(s).name();
      double[] found = UnitScores.of(scores.get(criterion).get(s).members(), aggregation);
      double[] wanted = reals(run.at("/importance").get(structure));
      for (int unit = 0; unit < wanted.length; unit++) {
        double log = aggregation == Aggregation.PRODUCT ? found[unit] : Math.log(found[unit]);
        assertThat(log)
            .as("%s, %s, unit %d", name, structure, unit)
            .isCloseTo(Math.log(wanted[unit]), within(tolerance(criterion, eligible.get(s))));
      }
    }
    for (String ratio : List.of("0.25", "0.5")) {
      JsonNode pruned = run.get("pruned").get(ratio);
      Selection selection =
          new Selection(
              model.decoder(), eligible, strategy, layers, Budget.local(new BigDecimal(ratio)));
      Map<String, double[]> units = new java.util.HashMap<>();
      scores
          .get(criterion)
          .forEach(s -> units.put(s.structure(), UnitScores.of(s.members(), aggregation)));
      selection.remove(1, units);
      List<Recipe.Group> groups = selection.groups();
      for (Recipe.Group group : groups) {
        assertSameUnits(
            group,
            ints(pruned.get("units").get(group.name())),
            reals(run.get("importance").get(group.name())),
            name);
      }
      try (Model sliced = Slicer.slice(model, groups)) {
        assertThat(loss(sliced, samples))
            .as("%s at %s", name, ratio)
            .isCloseTo(pruned.get("loss").asDouble(), withPercentage(0.1));
        evaluation
            .filter(file -> pruned.has("perplexity"))
            .ifPresent(
                file ->
                    assertThat(Perplexity.of(sliced, rows(file), (done, all) -> {}).perplexity())
                        .as("perplexity, %s at %s", name, ratio)
                        .isCloseTo(pruned.get("perplexity").asDouble(), withPercentage(0.1)));
      }
    }
  }

  /**
   * In natural logarithms; a vector-wise sum cancels, so that float32 leaves fewer digits of a
   * small one.
   */
  private static double tolerance(Criterion criterion, CoupledStructure structure) {
    return (criterion == Criterion.TAYLOR_VECTOR ? 5e-2 : 2e-3) * structure.members().size();
  }

  /** Units whose expected scores differ by less than a thousandth may stand for each other. */
  private static void assertSameUnits(
      Recipe.Group found, List<Integer> wanted, double[] importance, String name) {
    assertThat(found.removed()).as(name + " " + found.name()).hasSameSizeAs(wanted);
    Set<Integer> surplus = new HashSet<>(found.removed());
    wanted.forEach(surplus::remove);
    if (!surplus.isEmpty()) {
      double threshold = wanted.stream().mapToDouble(u -> importance[u]).max().orElseThrow();
      surplus.forEach(
          unit ->
              assertThat(importance[unit])
                  .as("%s %s, unit %d", name, found.name(), unit)
                  .isCloseTo(threshold, withPercentage(0.1)));
    }
  }

  private static double loss(Model model, long[][] samples) {
    return Math.log(Perplexity.of(model, samples, (done, all) -> {}).perplexity());
  }

  private static long[][] rows(Path file) {
    try (SafetensorsFile ids = SafetensorsFile.open(file)) {
      long[] shape = ids.tensor("input_ids").shape();
      long[] flat = ids.integers("input_ids");
      return IntStream.range(0, (int) shape[0])
          .mapToObj(
              row -> Arrays.copyOfRange(flat, row * (int) shape[1], (row + 1) * (int) shape[1]))
          .toArray(long[][]::new);
    }
  }

  private static double[] reals(JsonNode list) {
    return IntStream.range(0, list.size()).mapToDouble(i -> list.get(i).asDouble()).toArray();
  }

  private static List<Integer> ints(JsonNode list) {
    return IntStream.range(0, list.size()).mapToObj(i -> list.get(i).asInt()).toList();
  }
}
