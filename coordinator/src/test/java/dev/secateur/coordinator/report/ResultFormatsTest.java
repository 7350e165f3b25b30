package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent.SweepReplanned;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TrialOutcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Results are written as the golden files beside this test have them, byte by byte. */
class ResultFormatsTest {
  private static final String SWEEP =
      """
      models = [a], ratios = [0.10, 0.25, 0.5], criteria = [l2], strategies = [block, channel]
      recovery { strategies = [block], ratios = [0.25, 0.5], steps = 5, scratch {} }
      evaluation { tasks = wordnet, begin-token = always }
      export = true
      """;

  /** Its stages' keys are numbers, which no change of what keys are made of changes. */
  private static SweepPlan plan() {
    FakeSources sources = new FakeSources("/models");
    SweepPlan plan =
        SweepPlanner.plan(SweepConfigReader.read(SWEEP, "sweep.conf", sources), sources);
    Map<StageKey, StageKey> keys = new HashMap<>();
    plan.stages().forEach(stage -> keys.put(stage.key(), new StageKey("stage-" + keys.size())));
    CodeVersion version = plan.codeVersion();
    return Replanning.plan(
        plan, new SweepReplanned(new SweepId("golden-1"), version, version, "digest", keys));
  }

  /** The third trial failed, the second was left out of recovery, nothing is known of the last. */
  private static SweepResults results() {
    SweepPlan plan = plan();
    StageKey unknown = plan.trials().get(5).pruning();
    StageKey broken = plan.trials().get(5).after();
    Map<StageKey, StageState.Result> results = new HashMap<>();
    int place = 0;
    for (Stage stage : plan.stages()) {
      place++;
      if (!stage.key().equals(unknown) && !stage.key().equals(broken)) {
        results.put(
            stage.key(),
            new StageState.Result(
                new ArtifactRef(stage.key(), stage.kind(), "hash", 8),
                metrics(stage, place),
                place / 8.0,
                place % 5 == 0,
                Map.of()));
      }
    }
    return SweepResults.of(
        new SweepId("golden-1"),
        plan,
        results,
        Map.of(
            0, new TrialOutcome.Succeeded(),
            1, new TrialOutcome.Succeeded(),
            2, new TrialOutcome.Failed("evaluation \"e\" failed,\nfor a reason")),
        Map.of(1, "perplexity 70.0 is over 60.0"));
  }

  private static Map<String, Double> metrics(Stage stage, int place) {
    return switch (stage.kind()) {
      case PRUNING ->
          Map.of(
              "parameters_before", 3837120.0,
              "parameters_after", 6738000000.0 - place,
              "units_removed", 3.0);
      case EVALUATION ->
          place == 1
              ? Map.of("perplexity", 23.6, "windows", 160.0)
              : Map.of(
                  "perplexity", place == 15 ? Double.POSITIVE_INFINITY : 20 + place / 3.0,
                  "accuracy", 1.0 / place,
                  "wordnet.acc", 1.0 / place);
      default -> Map.of("loss", place / 7.0, "steps", 5.0);
    };
  }

  private static String golden(String name) throws IOException {
    try (var file = ResultFormatsTest.class.getResourceAsStream("/results/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void areWrittenAsTheyAlwaysWere() throws IOException {
    assertThat(ReportFiles.json(results()) + "\n").isEqualTo(golden("results.json"));
    assertThat(ResultsTable.csv(results())).isEqualTo(golden("results.csv"));
    assertThat(ResultsTable.text(results())).isEqualTo(golden("results.txt"));
  }

  @Test
  void areTheSameOnceTheyAreRead() throws IOException {
    SweepResults read = Json.MAPPER.readValue(golden("results.json"), SweepResults.class);
    assertThat(read).isEqualTo(results());
    assertThat(ResultsTable.csv(read)).isEqualTo(golden("results.csv"));
    assertThat(ResultsTable.text(read)).isEqualTo(golden("results.txt"));
    assertThat(ReportFiles.json(read) + "\n").isEqualTo(golden("results.json"));
  }
}
