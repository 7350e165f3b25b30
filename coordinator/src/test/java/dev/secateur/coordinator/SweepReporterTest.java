package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepReporterTest {
  private static final SweepId SWEEP = new SweepId("s-1");

  @TempDir Path folder;

  private final TestInbox<Coordinator.Reported> coordinator = TestInbox.create();

  private BehaviorTestKit<Object> reporter(SweepPlan plan) {
    return reporter(plan, folder);
  }

  private BehaviorTestKit<Object> reporter(SweepPlan plan, Path runFolder) {
    SweepState state =
        SweepState.begun(
            new SweepEvent.SweepSubmitted(
                SWEEP, plan, runFolder.toString(), 10, Optional.empty(), Instant.EPOCH));
    return BehaviorTestKit.create(
        SweepReporter.create(state, Map.of(), new RunFolders(), coordinator.getRef()));
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
    BehaviorTestKit<Object> reporter = reporter(plan);
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
  void whatStandsThereGivesWayOnceTheSweepIsPlannedAnew() throws IOException {
    SweepPlan old = plan();
    BehaviorTestKit<Object> before = reporter(old);
    before.run(new SweepEvent.TrialCompleted(SWEEP, 0, Optional.empty()));
    assertThat(results().get("completed").asInt()).isEqualTo(1);
    CodeVersion next = new CodeVersion(old.codeVersion().number() + 1);
    SweepEvent.SweepReplanned replanned = Replanning.of(SWEEP, old, next);
    SweepPlan plan = Replanning.plan(old, replanned);
    reporter(plan).run(replanned);
    assertThat(results().get("completed").asInt()).isZero();
    assertThat(results().at("/trials/0/stages/recipe").asText())
        .isEqualTo(plan.trials().get(0).pruning().value());
  }

  @Test
  void triesToWriteTheLastResultsUntilTheyAre() throws IOException {
    Path inTheWay = Files.createFile(folder.resolve("run"));
    BehaviorTestKit<Object> reporter = reporter(plan(), inTheWay);
    reporter.run(new SweepEvent.TrialCompleted(SWEEP, 0, Optional.empty()));
    reporter.run(new SweepEvent.SweepCompleted(SWEEP, 2, 1));
    Coordinator.Reported failed = coordinator.receiveMessage();
    assertThat(failed.written()).isFalse();
    assertThat(failed.report().problem()).contains(inTheWay.toString());
    reporter.run(SweepReporter.End.NOW);
    assertThat(coordinator.hasMessages()).as("told once").isFalse();
    Files.delete(inTheWay);
    reporter.run(SweepReporter.End.NOW);
    Coordinator.Reported reported = coordinator.receiveMessage();
    assertThat(reported.written()).isTrue();
    SweepReported report = reported.report();
    assertThat(report.problem()).isEmpty();
    assertThat(report.files()).isNotEmpty().allMatch(Files::isRegularFile);
    assertThat(report.results().completed()).isEqualTo(1);
  }

  @Test
  void leavesOtherSweepsAlone() {
    BehaviorTestKit<Object> reporter = reporter(plan());
    reporter.run(new SweepEvent.TrialCompleted(new SweepId("other"), 0, Optional.empty()));
    assertThat(folder).isEmptyDirectory();
  }
}
