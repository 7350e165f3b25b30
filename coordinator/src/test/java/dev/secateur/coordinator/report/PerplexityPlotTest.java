package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PerplexityPlotTest {
  /** Of a grid: each trial is as large as its ratio leaves it, and its perplexity its number. */
  private static List<PerplexityPlot> plots(String grid) {
    FakeSources sources = new FakeSources("/models");
    SweepPlan plan =
        SweepPlanner.plan(SweepConfigReader.read(grid, "sweep.conf", sources), sources);
    SweepResults planned = SweepResults.of(new SweepId("s"), plan, Map.of(), Map.of(), Map.of());
    List<TrialResult> trials = planned.trials().stream().map(PerplexityPlotTest::measured).toList();
    return PerplexityPlot.of(
        new SweepResults(
            planned.sweep(), planned.name(), 0, 0, 0, 0, 0, trials, planned.provenance()));
  }

  private static TrialResult measured(TrialResult trial) {
    double left = 1e6 * (1 - trial.point().ratio().doubleValue());
    Map<String, Map<String, Double>> metrics =
        Map.of(
            "pruning", Map.of("parameters_before", 1e6, "parameters_after", left),
            "before", Map.of("perplexity", 10.0),
            "pruned", Map.of("perplexity", 20.0 + trial.trial()),
            "scratch", Map.of("perplexity", 30.0 + trial.trial()));
    return new TrialResult(
        trial.trial(),
        trial.model(),
        trial.point(),
        trial.settings(),
        trial.compute(),
        trial.perplexityBegin(),
        trial.beginToken(),
        metrics,
        1,
        Map.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static List<String> lines(PerplexityPlot plot) {
    return List.copyOf(plot.chart().getSeriesMap().keySet());
  }

  @Test
  void namesLinesByTheCriterionAloneWhereNothingElseVaries() {
    List<PerplexityPlot> plots = plots("models = [a], ratios = [0.1, 0.2], criteria = [l1, l2]");
    assertThat(plots).hasSize(1);
    assertThat(lines(plots.get(0))).containsExactly("l1", "l2", "l1, scratch", "l2, scratch");
    assertThat(plots.get(0).chart().getSeriesMap().get("l1").getYData())
        .as("from the most that is removed to the model as it was")
        .containsExactly(21, 20, 10);
  }

  @Test
  void aLineHasOnePointToASize() {
    List<PerplexityPlot> plots =
        plots(
            """
            models = [a], ratios = [0.1, 0.2], criteria = [l2], aggregations = [sum, max]
            scopes = [local, global], targets = [group-ratio, parameters], steps = [1, 2]
            layers = ["4..30", "0..8"]
            """);
    assertThat(plots).hasSize(1);
    assertThat(lines(plots.get(0)))
        .hasSize(2 * 2 * 2 * 2 * 2 * 2)
        .contains(
            "l2, sum, local, group-ratio, 1 steps, layers 4..30",
            "l2, max, global, parameters, 2 steps, layers 0..8, scratch");
    plots
        .get(0)
        .chart()
        .getSeriesMap()
        .values()
        .forEach(line -> assertThat(line.getXData()).doesNotHaveDuplicates());
  }

  @Test
  void modelsOfTheSameNameHavePlotsOfTheirOwn() {
    assertThat(plots("models = [x/a, y/a, b], ratios = [0.1]"))
        .extracting(PerplexityPlot::name)
        .containsExactly("perplexity-a-block", "perplexity-a-2-block", "perplexity-b-block");
  }
}
