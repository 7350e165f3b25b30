package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepReporterTest {
  private static final SweepId SWEEP = new SweepId("s-1");

  @TempDir Path folder;

  private BehaviorTestKit<SweepEvent> reporter(SweepPlan plan) {
    SweepState state =
        SweepState.begun(
            new SweepEvent.SweepSubmitted(
                SWEEP, plan, folder.toString(), 10, Optional.empty(), Instant.EPOCH));
    return BehaviorTestKit.create(SweepReporter.create(state, Map.of(), new RunFolders()));
  }

  private static SweepPlan plan() {
    FakeSources sources = new FakeSources("/models");
    return SweepPlanner.plan(
        SweepConfigReader.read("models = [a], ratios = [0.25, 0.5]", "s", sources), sources);
  }

  private JsonNode results() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("results.json").toFile());
  }

  @Test
  void writesResultsAsTrialsComplete() throws IOException {
    SweepPlan plan = plan();
    BehaviorTestKit<SweepEvent> reporter = reporter(plan);
    StageKey after = plan.trials().get(1).after();
    reporter.run(
        new SweepEvent.StageCompleted(
            1,
            new WorkerId("w", "i"),
            new ArtifactRef(after, StageKind.EVALUATION, "sha", 1),
            Map.of("perplexity", 12.5),
            1,
            false));
    assertThat(folder).isEmptyDirectory();
    reporter.run(new SweepEvent.TrialCompleted(SWEEP, 1, Optional.empty()));
    assertThat(results().get("completed").asInt()).isEqualTo(1);
    assertThat(results().at("/trials/1/perplexity_pruned").asDouble()).isEqualTo(12.5);
    assertThat(folder.resolve("results.csv")).isNotEmptyFile();
    assertThat(reporter.isAlive()).isTrue();
  }

  @Test
  void leavesOtherSweepsAlone() {
    BehaviorTestKit<SweepEvent> reporter = reporter(plan());
    reporter.run(new SweepEvent.TrialCompleted(new SweepId("other"), 0, Optional.empty()));
    assertThat(folder).isEmptyDirectory();
  }
}
