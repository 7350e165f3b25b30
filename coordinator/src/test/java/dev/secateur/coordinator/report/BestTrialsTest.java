package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.BestTrials.BestTrial;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class BestTrialsTest {
  /** Of the dense model and two ratios by two criteria, whose metrics follow from their numbers. */
  private static SweepResults results(IntFunction<Map<String, Map<String, Double>>> metrics) {
    FakeSources sources = new FakeSources("/models");
    SweepPlan plan =
        SweepPlanner.plan(
            SweepConfigReader.read(
                "models = [a], ratios = [0.0, 0.1, 0.2], criteria = [l1, l2]",
                "sweep.conf",
                sources),
            sources);
    SweepResults planned = SweepResults.of(new SweepId("s"), plan, Map.of(), Map.of(), Map.of());
    List<TrialResult> trials =
        planned.trials().stream()
            .map(trial -> TrialResults.of(trial, metrics.apply(trial.trial()), "", ""))
            .toList();
    return new SweepResults(new SweepId("s"), "s", 9, 9, 0, 4, 0, trials, Provenance.UNKNOWN);
  }

  @Test
  void isTheLowestPerplexityAndTheHighestAccuracyOfEachModelButTheDenseOne() {
    SweepResults results =
        results(
            trial ->
                Map.of(
                    "pruned", Map.of("perplexity", trial == 0 ? 1.0 : 30.0 - trial % 4),
                    "recovered", Map.of("accuracy", trial / 10.0)));
    assertThat(results.trials().get(0).point().removesNothing()).isTrue();
    int last = results.trials().size() - 1;
    BestTrials best = BestTrials.of(results);
    assertThat(best.completed()).isEqualTo(4);
    assertThat(best.best())
        .containsExactly(
            new BestTrial(3, "pruned.perplexity", 27.0),
            new BestTrial(last, "recovered.accuracy", last / 10.0));
  }

  @Test
  void whatIsNotFiniteIsNotTheBest() {
    assertThat(
            BestTrials.of(
                    results(
                        trial ->
                            Map.of(
                                "recovered",
                                Map.of("perplexity", trial == 2 ? 9.0 : Double.NEGATIVE_INFINITY))))
                .best())
        .containsExactly(new BestTrial(2, "recovered.perplexity", 9.0));
    assertThat(BestTrials.of(results(trial -> Map.of())).best()).isEmpty();
  }

  @Test
  void isReadFromResultsAsTheyAreWritten() throws Exception {
    SweepResults results = results(trial -> Map.of("pruned", Map.of("perplexity", 10.0 + trial)));
    byte[] written = ReportFiles.json(results).getBytes(StandardCharsets.UTF_8);
    assertThat(BestTrials.read(written)).isEqualTo(BestTrials.of(results));
  }
}
