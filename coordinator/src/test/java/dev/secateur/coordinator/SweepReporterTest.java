package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.BehaviorTestKit;
import akka.actor.testkit.typed.javadsl.TestInbox;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.config.Origins;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.events.ListedJournal;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.ArtifactFiles;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.coordinator.report.Reportings;
import dev.secateur.coordinator.report.RunFolders;
import dev.secateur.coordinator.report.SampleTexts;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.track.Tracker;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TrialOutcome;
import dev.secateur.protocol.WorkerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepReporterTest {
  private static final SweepId SWEEP = new SweepId("s-1");

  private static final Tracker TRACKER = new Tracker(new RunFolders(), notice -> {});

  @TempDir Path folder;

  private final TestInbox<Coordinator.Reported> coordinator = TestInbox.create();

  private BehaviorTestKit<Object> reporter(SweepPlan plan) {
    return reporter(plan, folder);
  }

  private BehaviorTestKit<Object> reporter(SweepPlan plan, Path runFolder) {
    SweepEvent.SweepSubmitted submitted =
        new SweepEvent.SweepSubmitted(
            SWEEP,
            plan,
            runFolder.toString(),
            10,
            IdempotencyKey.NONE,
            Instant.EPOCH,
            Origin.UNKNOWN);
    return BehaviorTestKit.create(
        SweepReporter.create(
            SweepState.begun(submitted),
            Map.of(),
            Reportings.of(List.of(submitted)),
            TRACKER,
            coordinator.getRef()));
  }

  private static SweepPlan plan() {
    FakeSources sources = new FakeSources("/models");
    return SweepPlanner.plan(
        SweepConfigReader.read("models = [a], ratios = [0.25, 0.5]", "s", sources), sources);
  }

  private JsonNode results() throws IOException {
    return Json.MAPPER.readTree(folder.resolve("results.json").toFile());
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
            false,
            Map.of()));
    assertThat(folder).isEmptyDirectory();
    reporter.run(new SweepEvent.TrialCompleted(SWEEP, 1, new TrialOutcome.Succeeded()));
    assertThat(results().get("completed").asInt()).isEqualTo(1);
    assertThat(results().at("/trials/1/perplexity_pruned").asDouble()).isEqualTo(12.5);
    assertThat(folder.resolve("results.csv")).isNotEmptyFile();
    assertThat(reporter.isAlive()).isTrue();
  }

  @Test
  void whatStandsThereGivesWayOnceTheSweepIsPlannedAnew() throws IOException {
    SweepPlan old = plan();
    BehaviorTestKit<Object> before = reporter(old);
    before.run(new SweepEvent.TrialCompleted(SWEEP, 0, new TrialOutcome.Succeeded()));
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
    reporter.run(new SweepEvent.TrialCompleted(SWEEP, 0, new TrialOutcome.Succeeded()));
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
  void aPageThatCanNotBeWrittenKeepsNothingElseBack() throws IOException {
    Files.createDirectories(folder.resolve("report.html/in-the-way"));
    BehaviorTestKit<Object> reporter = reporter(plan());
    reporter.run(SweepReporter.End.NOW);
    Coordinator.Reported reported = coordinator.receiveMessage();
    assertThat(reported.written()).isTrue();
    assertThat(reported.report().problem())
        .contains("the results are complete, but not report.html");
    assertThat(reported.report().files()).doesNotContain(folder.resolve("report.html"));
    assertThat(folder.resolve("results.json")).exists();
  }

  @Test
  void leavesOtherSweepsAlone() {
    BehaviorTestKit<Object> reporter = reporter(plan());
    reporter.run(
        new SweepEvent.TrialCompleted(new SweepId("other"), 0, new TrialOutcome.Succeeded()));
    assertThat(folder).isEmptyDirectory();
  }

  private static final String TEXT =
      "models = [a], ratios = [0.5], evaluation { generate { prompts = [Once] } }";

  private SweepEvent.SweepSubmitted submission(SweepPlan plan, SweepConfig config) {
    return new SweepEvent.SweepSubmitted(
        SWEEP,
        plan,
        folder.toString(),
        10,
        IdempotencyKey.NONE,
        Instant.EPOCH,
        Origins.of("secateur submit s.conf --set seed=42", "curl/8", TEXT, config, "ana"));
  }

  /** A reporter that has heard everything of a sweep that wrote texts. */
  private List<SweepEvent> runASweepOfTexts(ArtifactFiles artifacts) {
    FakeSources sources = new FakeSources("/models");
    SweepConfig config = SweepConfigReader.read(TEXT, "s", sources);
    SweepPlan plan = SweepPlanner.plan(config, sources);
    SweepEvent.SweepSubmitted submitted = submission(plan, config);
    List<SweepEvent> events = new ArrayList<>();
    events.add(new SweepEvent.SweepPaused(new SweepId("another")));
    events.add(submitted);
    WorkerId worker = new WorkerId("w", "i");
    Map<String, String> machine = Map.of("worker", "w", "host", "h", "device", "cpu");
    for (Stage stage : plan.stages()) {
      long lease = events.size();
      events.add(
          new SweepEvent.StageLeased(
              SWEEP, new Lease(lease, stage.key(), 1, worker), stage.kind()));
      events.add(
          new SweepEvent.StageCompleted(
              lease,
              worker,
              new ArtifactRef(stage.key(), stage.kind(), "sha", 1),
              Map.of(),
              1,
              false,
              machine));
    }
    events.add(new SweepEvent.TrialCompleted(SWEEP, 0, new TrialOutcome.Succeeded()));
    events.add(new SweepEvent.SweepCompleted(SWEEP, 1, 0));
    Reporting reporting = new Reporting(new RunFolders(), new ListedJournal(events), artifacts);
    BehaviorTestKit<Object> reporter =
        BehaviorTestKit.create(
            SweepReporter.create(
                SweepState.begun(submitted), Map.of(), reporting, TRACKER, coordinator.getRef()));
    events.forEach(reporter::run);
    assertThat(coordinator.receiveMessage().written()).isTrue();
    return events;
  }

  @Test
  void saysHowTheResultsCameAbout() throws IOException {
    List<SweepEvent> events = runASweepOfTexts((stage, name) -> Optional.empty());
    JsonNode provenance = results().get("provenance");
    assertThat(provenance.get("command").asText())
        .isEqualTo("secateur submit s.conf --set seed=42");
    assertThat(provenance.get("client").asText()).isEqualTo("curl/8");
    assertThat(provenance.get("configuration").asText()).isEqualTo(TEXT);
    assertThat(folder.resolve("sweep.conf")).hasContent(TEXT);
    assertThat(provenance.get("submitted").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(provenance.get("ended").asText()).isEqualTo("1970-01-01T00:00:00Z");
    assertThat(provenance.get("code_version").asInt()).isEqualTo(CodeVersion.CURRENT.number());
    assertThat(provenance.get("secateur").asText()).isNotEmpty();
    JsonNode settings = provenance.get("settings");
    assertThat(settings.get("seed").asLong()).isEqualTo(42);
    assertThat(settings.get("criteria").get(0).asText()).isEqualTo("taylor-element1");
    assertThat(settings.get("evaluation.generate.top-p").asDouble()).isEqualTo(0.95);
    assertThat(settings.get("ratios").get(0).asDouble()).isEqualTo(0.5);
    assertThat(settings.get("evaluation.windows").asText()).isEqualTo("all");
    assertThat(provenance.at("/seeds/calibration/0").asLong()).isEqualTo(42);
    assertThat(provenance.at("/seeds/generation/0").asLong()).isEqualTo(42);
    assertThat(provenance.at("/models/0/sha256").asText()).isEqualTo("hash-of-a");
    assertThat(provenance.at("/models/0/source").asText()).isEqualTo("/models/a");
    assertThat(provenance.get("data").findValuesAsText("use"))
        .containsExactlyInAnyOrder("calibration", "evaluation");
    assertThat(provenance.get("computed")).hasSize(1);
    assertThat(provenance.at("/computed/0/machine/host").asText()).isEqualTo("h");
    assertThat(provenance.at("/computed/0/stages").asLong())
        .isEqualTo(events.stream().filter(SweepEvent.StageCompleted.class::isInstance).count());
  }

  @Test
  void writesTextsAndSaysWhichCanNotBeHad() throws IOException {
    StageKey[] gone = new StageKey[1];
    runASweepOfTexts(
        (stage, name) -> {
          if (gone[0] == null || gone[0].equals(stage)) {
            gone[0] = stage;
            throw new IOException("no coordinator\nhas it");
          }
          String sample = "[{\"prompt\": \"Once\", \"text\": \"upon\\na time\"}]";
          return Optional.of(sample.getBytes(StandardCharsets.UTF_8));
        });
    assertThat(folder.resolve("samples.md"))
        .content()
        .contains("## Trial 0: a block 0.5 taylor-element1 sum")
        .contains("**before**\n\n*The texts of evaluation")
        .contains("are unavailable: no coordinator / has it*")
        .contains("**pruned**\n\n> Once **|** upon / a time");
    assertThat(SampleTexts.read(folder).texts())
        .extracting(written -> written.model() + written.samples())
        .containsExactly("before[]", "pruned[Sample[prompt=Once, text=upon\na time]]");
    assertThat(folder.resolve("report.html"))
        .content()
        .contains("upon\na time</pre>", "are unavailable: no coordinator\nhas it", TEXT);
  }

  @Test
  void writesNoTextsWhereNoneWereAskedFor() {
    BehaviorTestKit<Object> reporter = reporter(plan());
    reporter.run(SweepReporter.End.NOW);
    assertThat(coordinator.receiveMessage().written()).isTrue();
    assertThat(folder.resolve("samples.md")).doesNotExist();
    assertThat(folder.resolve("results.json")).exists();
  }
}
