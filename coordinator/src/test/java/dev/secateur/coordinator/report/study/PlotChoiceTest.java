package dev.secateur.coordinator.report.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.plot.Series.Spot;
import dev.secateur.coordinator.report.table.TableFormat;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class PlotChoiceTest {
  private static Plot plot(String x, String y, String series, Run... runs) {
    List<String> lines = series.isEmpty() ? List.of() : Arrays.asList(series.split(","));
    return new PlotChoice(x, y, lines, List.of()).of(List.of(runs));
  }

  private static List<String> names(Plot plot) {
    return plot.series().stream().map(Series::name).toList();
  }

  private static List<Spot> line(Plot plot, String name) {
    return plot.series().stream()
        .filter(line -> line.name().equals(name))
        .findFirst()
        .orElseThrow()
        .points();
  }

  private static List<Double> xs(List<Spot> spots) {
    return spots.stream().map(Spot::x).toList();
  }

  /** Trials whose perplexities are so much higher, evaluated by stages of their own. */
  private static Run repeated(String seed, double more) {
    UnaryOperator<TrialResult> change =
        trial -> {
          Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
          Map<String, Double> pruned = new TreeMap<>(metrics.get("pruned"));
          pruned.merge("perplexity", more, Double::sum);
          metrics.put("pruned", pruned);
          return Studies.with(trial, metrics, "");
        };
    return Studies.run(Studies.GRID + "seed = " + seed, change);
  }

  @Test
  void linesAreWhatVariesAndBeginAtTheDenseModel() {
    Plot plot = plot("parameters", "perplexity", "", Studies.run(Studies.GRID));
    assertThat(names(plot))
        .containsExactly("l2", "taylor-element1", "l2, recovered", "taylor-element1, recovered");
    assertThat(line(plot, "l2")).extracting(Spot::y).containsExactly(62.62, 32.62, 12.62);
    assertThat(xs(line(plot, "l2")).get(2)).isCloseTo(6738.4, within(0.1));
    assertThat(plot.x()).isEqualTo("parameters (millions)");
    assertThat(xs(line(plot("ratio", "boolq", "", Studies.run(Studies.GRID)), "l2")))
        .containsExactly(0.0, 0.2, 0.5);
  }

  @Test
  void strategiesStandTogether() {
    Run two =
        Studies.run(
            "models = [a], ratios = [0.2, 0.5], criteria = [l2], strategies = [block, channel]");
    assertThat(names(plot("macs", "average", "strategy", two))).containsExactly("block", "channel");
    assertThat(names(plot("macs", "average", "", two)))
        .as("each strategy has its own layers, which say nothing more")
        .containsExactly("block", "channel");
  }

  @Test
  void seedsAreRepetitionsWithErrorBars() {
    Plot plot =
        plot("ratio", "perplexity", "", repeated("1", 0), repeated("2", 3), repeated("3", 6));
    Spot spot = line(plot, "taylor-element1").get(1);
    assertThat(spot.n()).isEqualTo(3);
    assertThat(spot.y()).isCloseTo(17.62, within(1e-9));
    assertThat(spot.deviation()).isCloseTo(3, within(1e-9));
    assertThat(line(plot, "taylor-element1").get(0).n())
        .as("the dense model was evaluated once")
        .isEqualTo(1);
    assertThat(line(plot, "l2").get(1).n()).as("no seed changes what l2 prunes").isEqualTo(1);
    assertThat(plot.notes()).containsExactly("bars are standard deviations over repetitions");
  }

  @Test
  void whatSeriesLeavesOutIsToldAsWhatBarsAreOver() {
    Plot plot = plot("ratio", "perplexity", "model", Studies.run(Studies.GRID));
    assertThat(names(plot)).containsExactly("llama", "llama, recovered");
    assertThat(plot.notes()).containsExactly("bars are standard deviations over criterion");
  }

  @Test
  void runsThatDifferInASettingAreNotRepetitions() {
    Run few = Studies.run(Studies.GRID + "calibration.samples = 10");
    Run many = Studies.run(Studies.GRID + "calibration.samples = 50");
    Plot plot = plot("ratio", "perplexity", "criterion,calibration.samples", few, many);
    assertThat(names(plot)).contains("l2, calibration.samples 10", "l2, calibration.samples 50");
    assertThat(names(plot("ratio", "perplexity", "", few, many))).hasSize(8);
    Plot samples = plot("samples", "perplexity", "", few, many);
    assertThat(samples.categories()).isFalse();
    assertThat(xs(samples.series().get(0).points())).containsExactly(10.0, 50.0);
  }

  @Test
  void theCurveOfTuningBeginsAtThePrunedModel() {
    Plot plot = plot("steps", "perplexity", "", Studies.run(Studies.GRID));
    assertThat(xs(line(plot, "ratio 0.2, l2"))).containsExactly(0.0, 5.0);
    assertThat(line(plot, "ratio 0.2, l2").get(1).y()).isCloseTo(22.62, within(1e-9));
    assertThat(line(plot("ratio", "loss", "", Studies.run(Studies.GRID)), "l2"))
        .containsExactly(new Spot("", 0.2, 22, 0, 1));
  }

  @Test
  void layersOfAScanAreNumbersAndRangesAreNames() {
    String scan = "models = [a], ratios = [0.5], criteria = [l2], layers = [\"0..1\", \"3..4\"]";
    Plot plot = plot("layer", "perplexity", "", Studies.run(scan));
    assertThat(xs(line(plot, "pruned"))).containsExactly(0.0, 3.0);
    Plot ranges = plot("layer", "perplexity", "", Studies.run(scan.replace("3..4", "3..9")));
    assertThat(ranges.categories()).isTrue();
    assertThat(ranges.series().get(0).points())
        .extracting(Spot::category)
        .containsExactly("0..1", "3..9");
  }

  @Test
  void valuesThatAreNotFiniteAreLeftOutAndTold() {
    Plot plot =
        plot(
            "ratio",
            "perplexity",
            "",
            repeated("1", Double.POSITIVE_INFINITY),
            Studies.run(Studies.GRID));
    assertThat(plot.notes()).contains("4 non-finite values are left out");
  }

  @Test
  void unknownNamesAreToldWithWhatWasMeant() {
    Run run = Studies.run(Studies.GRID);
    assertThatThrownBy(() -> plot("criterium", "perplexity", "", run))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("'criterium' is not a setting to plot by; did you mean 'criterion'?");
    assertThatThrownBy(() -> plot("ratio", "perplexty", "", run))
        .hasMessageContaining("did you mean 'perplexity'?");
    assertThatThrownBy(() -> plot("ratio", "perplexity", "strategie", run))
        .hasMessageContaining("did you mean 'strategy'?");
    assertThatThrownBy(() -> plot("ratio", "validation-loss", "", run))
        .hasMessage("no trial has both ratio and validation-loss yet");
  }

  @Test
  void pointsAreWrittenAsTheirGoldenFile() throws IOException {
    Plot plot = plot("ratio", "average", "", Studies.run(Studies.GRID));
    try (var file = PlotChoiceTest.class.getResourceAsStream("/study/points.csv")) {
      assertThat(TableFormat.CSV.write(plot.table()))
          .isEqualTo(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void accuraciesHaveTheirStandardErrors() {
    Plot plot = plot("ratio", "boolq", "", Studies.run(Studies.GRID));
    assertThat(line(plot, "l2")).allMatch(spot -> spot.error() == 0.01 && spot.bar() == 0.01);
    assertThat(plot.notes()).containsExactly("bars are standard errors");
    assertThat(line(plot("ratio", "perplexity", "", Studies.run(Studies.GRID)), "l2"))
        .allMatch(spot -> spot.bar() == 0);
  }

  @Test
  void theDenseModelIsALevelToCompareWith() {
    Run run = Studies.run(Studies.GRID);
    assertThat(plot("parameters", "perplexity", "", run).references())
        .containsExactly(new Plot.Reference("dense model", 12.62));
    Run two = Studies.run(Studies.GRID.replace("[llama]", "[a, b]"), PlotChoiceTest::ofB);
    assertThat(plot("parameters", "perplexity", "", two).references()).isEmpty();
  }

  /** Model b is worse before it is pruned. */
  private static TrialResult ofB(TrialResult trial) {
    Map<String, Map<String, Double>> metrics = new TreeMap<>(trial.metrics());
    if (trial.model().endsWith("b")) {
      metrics.put("before", Map.of("perplexity", 14.0));
    }
    return Studies.with(trial, metrics, "");
  }

  @Test
  void theBestOfAllIsAnEnvelope() {
    Plot plot = plot("parameters", "perplexity", "", Studies.run(Studies.GRID));
    assertThat(plot.best())
        .as("taylor-element1, at a ratio of 0.2 recovered")
        .extracting(spot -> Math.round(spot.y() * 100) / 100.0)
        .containsExactly(17.62, 17.62, 13.62, 13.62, 12.62);
    assertThat(xs(plot.best())).isSorted();
    Plot tasks = plot("ratio", "boolq", "", Studies.run(Studies.GRID));
    assertThat(xs(tasks.best())).as("from the most that is removed").startsWith(0.5, 0.2);
    Run two = Studies.run("models = [a, b], ratios = [0.2], criteria = [l2]");
    assertThat(plot("parameters", "perplexity", "", two).best())
        .as("perplexities of several models cannot be compared")
        .isEmpty();
  }
}
