package dev.secateur.coordinator.report.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.plot.Series.Spot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunPlotsTest {
  /** Of a grid: each trial is as large as its ratio leaves it, and its perplexity its number. */
  private static Map<String, Plot> plots(String grid) {
    return RunPlots.of(Studies.run(grid, RunPlotsTest::measured));
  }

  private static TrialResult measured(TrialResult trial) {
    double left = 1e6 * (1 - trial.point().ratio().doubleValue());
    return Studies.with(
        trial,
        Map.of(
            "pruning", Map.of("parameters_before", 1e6, "parameters_after", left),
            "before", Map.of("perplexity", 10.0),
            "pruned", Map.of("perplexity", 20.0 + trial.trial()),
            "scratch", Map.of("perplexity", 30.0 + trial.trial())),
        "");
  }

  private static List<String> lines(Plot plot) {
    return plot.series().stream().map(Series::name).toList();
  }

  @Test
  void namesLinesByTheCriterionAloneWhereNothingElseVaries() {
    Map<String, Plot> plots = plots("models = [a], ratios = [0.1, 0.2], criteria = [l1, l2]");
    assertThat(plots).containsOnlyKeys("perplexity-a-block");
    Plot plot = plots.get("perplexity-a-block");
    assertThat(lines(plot)).containsExactly("l1", "l2", "l1, scratch", "l2, scratch");
    assertThat(plot.series().get(0).points())
        .as("from the most that is removed to the model as it was")
        .extracting(Spot::y)
        .containsExactly(21.0, 20.0, 10.0);
  }

  @Test
  void aLineHasOnePointToASize() {
    Map<String, Plot> plots =
        plots(
            """
            models = [a], ratios = [0.1, 0.2], criteria = [l2], aggregations = [sum, max]
            scopes = [local, global], targets = [group-ratio, parameters], steps = [1, 2]
            layers = ["4..30", "0..8"]
            """);
    assertThat(plots).hasSize(1);
    Plot plot = plots.get("perplexity-a-block");
    assertThat(lines(plot))
        .hasSize(2 * 2 * 2 * 2 * 2 * 2)
        .contains(
            "sum, local, group-ratio, steps 1, layers 4..30",
            "max, global, parameters, steps 2, layers 0..8, scratch");
    assertThat(plot.series())
        .allSatisfy(line -> assertThat(line.points()).extracting(Spot::x).doesNotHaveDuplicates());
  }

  @Test
  void modelsOfTheSameNameHavePlotsOfTheirOwn() {
    assertThat(plots("models = [x/a, y/a, b], ratios = [0.1]"))
        .containsOnlyKeys("perplexity-a-block", "perplexity-a-2-block", "perplexity-b-block");
  }

  @Test
  void eachTaskHasAPlotAndSeveralTheirAverage() {
    assertThat(RunPlots.of(Studies.run(Studies.GRID)))
        .containsOnlyKeys(
            "perplexity-llama-block",
            "boolq-llama-block",
            "hellaswag-llama-block",
            "arc_easy-llama-block",
            "average-llama-block");
  }

  @Test
  void repetitionsAreAPointWithTheirDeviation() {
    Plot plot =
        plots("models = [a], ratios = [0.1], criteria = [random], seeds = [1, 2, 3]")
            .get("perplexity-a-block");
    Spot spot = plot.series().get(0).points().get(0);
    assertThat(spot.n()).isEqualTo(3);
    assertThat(spot.deviation()).isEqualTo(1.0);
  }

  @Test
  void vectorsAreWrittenBeforePixels(@TempDir Path folder) throws IOException {
    Run run = Studies.run("models = [a], ratios = [0.1]", RunPlotsTest::measured);
    List<String> written = new ArrayList<>();
    RunPlots.write(run, folder, new RunFolders(), written);
    assertThat(written).containsExactly("perplexity-a-block.svg", "perplexity-a-block.png");
    assertThat(Files.readAllBytes(folder.resolve("perplexity-a-block.png")))
        .startsWith(0x89, 'P', 'N', 'G');
    assertThat(Files.readString(folder.resolve("perplexity-a-block.svg"))).startsWith("<svg ");
  }

  @Test
  void tellsWhatIsWrittenBeforeOneCannotBe(@TempDir Path folder) throws IOException {
    Run run = Studies.run("models = [a], ratios = [0.1]", RunPlotsTest::measured);
    Files.createDirectories(folder.resolve("perplexity-a-block.png").resolve("in the way"));
    List<String> written = new ArrayList<>();
    assertThatThrownBy(() -> RunPlots.write(run, folder, new RunFolders(), written))
        .isInstanceOf(IOException.class);
    assertThat(written).containsExactly("perplexity-a-block.svg");
  }
}
