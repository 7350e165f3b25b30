package dev.secateur.coordinator.report.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.ReportFiles;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.TrialSettings;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.study.TableChoice.Comparison;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeds, texts, settings and curves in tables, files and plots. */
class RepetitionTablesTest {
  @TempDir private Path folder;

  private static final String SEEDS =
      """
      name = seeds, models = [llama], ratios = [0.5], criteria = [taylor-element1, random, l2]
      seeds = [1, 2, 4]
      """;

  /** Perplexities of 20 + 2 seeds, of random another 10 and the seed's square. */
  private static TrialResult drawn(TrialResult trial) {
    String text = TrialSettings.text(trial, TrialSettings.SEED);
    double seed = text.isEmpty() ? 0 : Double.parseDouble(text);
    boolean random = trial.point().criterion().label().equals("random");
    return with(trial, 20 + 2 * seed + (random ? 10 + seed * seed : 0));
  }

  private static TrialResult with(TrialResult trial, double perplexity) {
    Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
    metrics.put("pruned", Map.of("perplexity", perplexity));
    return Studies.with(trial, metrics, "");
  }

  private static Run seeds() {
    return Studies.run(SEEDS, RepetitionTablesTest::drawn);
  }

  private static JsonNode json(TableChoice choice) throws Exception {
    return Json.MAPPER.readTree(
        Tables.write(List.of(seeds()), TableFormat.JSON, Optional.empty(), choice));
  }

  @Test
  void seedsAreARowWithMeanDeviationAndCount() throws Exception {
    JsonNode rows =
        json(
            new TableChoice(
                List.of("criterion", "seed", "perplexity:pruned"), List.of(), List.of()));
    assertThat(rows).hasSize(3);
    assertThat(rows.get(0).get("n").asInt()).isEqualTo(3);
    assertThat(rows.get(0).get("ppl_pruned").asDouble())
        .isCloseTo((22.0 + 24 + 28) / 3, within(1e-12));
    assertThat(rows.get(0).get("ppl_pruned_deviation").asDouble())
        .isCloseTo(Math.sqrt(28 / 3.0), within(1e-12)); // of 22, 24, 28, which numpy says too
    assertThat(rows.get(2).get("criterion").asText()).isEqualTo("l2");
    assertThat(rows.get(2).get("n").asInt()).isEqualTo(1);
    assertThat(rows.get(2).has("ppl_pruned_deviation")).isFalse();
  }

  @Test
  void differencesAreThoseOfTheSameSeed() throws Exception {
    List<String> columns = List.of("criterion", "perplexity:pruned");
    JsonNode rows =
        json(new TableChoice(columns, List.of(), List.of(), false, new Comparison.WithTrial(0)));
    JsonNode random = rows.get(1);
    assertThat(random.get("criterion").asText()).isEqualTo("random");
    assertThat(random.get("ppl_pruned_difference").asDouble())
        .isCloseTo(10 + (1 + 4 + 16) / 3.0, within(1e-12));
    assertThat(random.get("ppl_pruned_difference_deviation").asDouble())
        .isCloseTo(Math.sqrt((36 + 9 + 81) / 2.0), within(1e-9)); // of 11, 14, 26
    assertThat(rows.get(0).get("ppl_pruned_difference").asDouble()).isZero();
    assertThatThrownBy(
            () ->
                json(
                    new TableChoice(
                        columns, List.of(), List.of(), false, new Comparison.WithTrial(99))))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("seeds has no such trial");
  }

  @Test
  void eachSeedHasARowWhereThatIsAsked() throws Exception {
    List<String> columns = List.of("criterion", "seed");
    JsonNode rows =
        json(new TableChoice(columns, List.of(), List.of(), true, new Comparison.None()));
    assertThat(rows).hasSize(7);
    assertThat(rows.get(2).get("seed").asInt()).isEqualTo(4);
  }

  @Test
  void filesHaveEveryTrialAndTheirMeans() throws Exception {
    Run run = seeds();
    assertThat(ResultsTable.csv(run.results()).lines()).hasSize(1 + 7);
    assertThat(ResultsTable.csv(run.results()).lines().findFirst().orElseThrow()).endsWith("seed");
    String means = ResultsTable.repetitions(run.results()).orElseThrow();
    assertThat(means.lines()).hasSize(1 + 3);
    assertThat(means).contains("ppl_pruned,ppl_pruned_deviation", "24.6667,3.0551");
    assertThat(ResultsTable.text(run.results()))
        .contains("24.6667 ± 3.0551", "0,1,2", "standard deviation over n seeds");
    JsonNode json = Json.MAPPER.readTree(ReportFiles.json(run.results()));
    JsonNode first = json.at("/repetitions/0");
    assertThat(first.get("n").asInt()).isEqualTo(3);
    assertThat(first.at("/metrics/pruned/perplexity/mean").asDouble())
        .isCloseTo(74 / 3.0, within(1e-12));
    assertThat(first.at("/metrics/pruned/perplexity/deviation").asDouble())
        .isCloseTo(Math.sqrt(28 / 3.0), within(1e-12));
    assertThat(json.at("/trials/1/settings/seed").asInt()).isEqualTo(2);
    assertThat(ResultsTable.repetitions(Studies.run(Studies.GRID).results())).isEmpty();
    Path file = folder.resolve("results.json");
    Files.writeString(file, ReportFiles.json(run.results()));
    assertThat(Run.read(List.of(file)).get(0).results()).isEqualTo(run.results());
  }

  @Test
  void seedsAreBarsOfAPlot() {
    Plot plot =
        new PlotChoice("parameters", "perplexity", List.of(), List.of(Evaluated.PRUNED))
            .of(List.of(seeds()));
    assertThat(plot.series()).extracting(Series::name).hasSize(3);
    Series.Spot spot = plot.series().get(0).points().get(0);
    assertThat(spot.n()).isEqualTo(3);
    assertThat(spot.deviation()).isCloseTo(Math.sqrt(28 / 3.0), within(1e-12));
  }

  @Test
  void oneTrainingMakesACurve() {
    Run run =
        Studies.run(
            "models = [llama], ratios = [0.5], recovery { steps = 60, warmup = 0, evaluate-every = 25 }",
            trial -> {
              Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
              metrics.put("pruned", Map.of("perplexity", 50.0));
              metrics.put("recovered@25", Map.of("perplexity", 40.0));
              metrics.put("recovered@50", Map.of("perplexity", 30.0));
              metrics.put("recovered", Map.of("perplexity", 25.0));
              metrics.put("recovery", Map.of("steps", 60.0));
              return Studies.with(trial, metrics, "");
            });
    assertThat(run.results().trials().get(0).stages()).containsKeys("recovered@25", "recovered@50");
    Plot plot = new PlotChoice("steps", "perplexity", List.of(), List.of()).of(List.of(run));
    assertThat(plot.series()).hasSize(1);
    assertThat(plot.series().get(0).points())
        .extracting(spot -> spot.x() + ":" + spot.y())
        .containsExactly("0.0:50.0", "25.0:40.0", "50.0:30.0", "60.0:25.0");
  }

  @Test
  void settingsAreColumnsAndLinesWhereTheyVary() {
    Run run =
        Studies.run(
            "models = [llama], ratios = [0.5], calibration { samples = [5, 10] }\n"
                + "recovery = [off, { steps = 5, rank = [4, 8] }]");
    String text = ResultsTable.text(run.results());
    assertThat(text.lines().findFirst().orElseThrow())
        .contains("samples", "recovery", "rank")
        .doesNotContain("seed", "modules", "sampling");
    Plot plot =
        new PlotChoice("samples", "perplexity", List.of(), List.of(Evaluated.RECOVERED))
            .of(List.of(run));
    assertThat(plot.series()).extracting(Series::name).hasSize(2);
    assertThat(plot.series().get(0).points()).extracting(Series.Spot::x).containsExactly(5.0, 10.0);
    plot = new PlotChoice("samples", "perplexity", List.of(), List.of()).of(List.of(run));
    assertThat(plot.series()).as("one line of pruned models, two of recovered ones").hasSize(3);
    String paper =
        Tables.write(
            List.of(run),
            TableFormat.MARKDOWN,
            Optional.of(Tables.Layout.QUALITY),
            TableChoice.NONE);
    assertThat(paper.lines().filter(line -> line.startsWith("| calibration.samples")))
        .hasSize(2 + 4);
  }

  @Test
  void theDenseModelHasNoStrategy() {
    Run run = Studies.run("models = [llama], ratios = [0, 0.5], rivals = [other]");
    assertThat(ResultsTable.text(run.results()).lines().toList().get(1)).contains("dense", "-");
    Run tuned = Studies.run("models = [llama], ratios = [0, 0.5], recovery { steps = 5 }");
    String paper =
        Tables.write(List.of(tuned), TableFormat.MARKDOWN, Optional.empty(), TableChoice.NONE);
    assertThat(paper).contains("Ratio = 0, w/ tune").doesNotContain("Ratio = 0, w/o tune");
  }

  @Test
  void furtherTextsHaveColumnsOfTheirOwn() {
    Run run =
        Studies.run(
            "models = [llama], ratios = [0.5], evaluation.texts = [ptb]",
            trial -> {
              Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
              metrics.put("pruned", Map.of("perplexity", 50.0, "perplexity.ptb", 70.0));
              return Studies.with(trial, metrics, "");
            });
    assertThat(ResultsTable.text(run.results())).contains("ppl ptb pruned", "70.0000");
    assertThat(run.results().trials().get(0).stages()).containsKeys("before:ptb", "pruned:ptb");
  }
}
