package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.coordinator.report.TrialStory.Attempt;
import dev.secateur.coordinator.report.TrialStory.Attempt.Course;
import dev.secateur.coordinator.report.TrialStory.Attempt.Course.Ending;
import dev.secateur.coordinator.report.TrialStory.StageStory;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.TrialOutcome;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrialStoriesTest {
  private static final SweepId SWEEP = new SweepId("s-1");
  private static final SweepId OTHER = new SweepId("other-1");
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final SweepPlan PLAN = plan();
  private static final Trial TRIAL = PLAN.trials().get(1);

  private final TrialStories stories = new TrialStories(SWEEP, 1);
  private long heard;

  private static SweepPlan plan() {
    return plan("0.25, 0.5");
  }

  private static SweepPlan plan(String ratios) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(
        SweepConfigReader.read(
            "models = [\"/models/a\"], ratios = [" + ratios + "], criteria = [l2]", "s", sources),
        sources);
  }

  private void hear(SweepEvent event) {
    heard++;
    stories.hear(new JournalledEvent(heard, START.plusSeconds(heard), event));
  }

  private void submit() {
    hear(submitted());
  }

  private static SweepEvent submitted() {
    return new SweepEvent.SweepSubmitted(
        SWEEP, PLAN, "/runs/s", 10, IdempotencyKey.NONE, START, Origin.UNKNOWN);
  }

  private void lease(long id, SweepId sweep, StageKey stage, int attempt) {
    hear(
        new SweepEvent.StageLeased(
            sweep, new Lease(id, stage, attempt, new WorkerId("w" + id, "1")), StageKind.PRUNING));
  }

  private void complete(long lease, StageKey stage, boolean reused) {
    hear(
        new SweepEvent.StageCompleted(
            lease,
            new WorkerId("w" + lease, "1"),
            new ArtifactRef(stage, StageKind.PRUNING, "sha", 1),
            Map.of("m", 1.0),
            7.5,
            reused,
            Map.of()));
  }

  private StageStory stage(StageKey key) {
    return stories.story().orElseThrow().stages().stream()
        .filter(stage -> stage.stage().equals(key.value()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aTrialThatWaitsHasItsStagesInOrderAndInWords() {
    submit();
    TrialStory story = stories.story().orElseThrow();
    assertThat(story.status()).isEqualTo("waiting");
    assertThat(story.words()).isEqualTo("a, block 0.5 l2 sum");
    assertThat(story.stages()).extracting(StageStory::status).containsOnly("waiting");
    List<String> keys = story.stages().stream().map(StageStory::stage).toList();
    assertThat(keys)
        .containsExactlyInAnyOrderElementsOf(TRIAL.stages().stream().map(StageKey::value).toList());
    assertThat(keys.indexOf(TRIAL.pruning().value()))
        .isLessThan(keys.indexOf(TRIAL.after().value()));
    assertThat(stage(TRIAL.pruning()).words()).isEqualTo("pruning of a, block 0.5 l2 sum");
  }

  @Test
  void tellsEachAttemptByWhomWhenAndWhyItFailed() {
    submit();
    lease(1, SWEEP, TRIAL.pruning(), 1);
    assertThat(stage(TRIAL.pruning()).status()).isEqualTo("running");
    hear(
        new SweepEvent.StageRetried(
            1, TRIAL.pruning(), StageKind.PRUNING, FailureKind.INTERNAL, "disk full"));
    lease(2, SWEEP, TRIAL.pruning(), 2);
    hear(new SweepEvent.LeaseExpired(2, TRIAL.pruning(), StageKind.PRUNING, 60));
    lease(3, OTHER, TRIAL.pruning(), 2);
    complete(3, TRIAL.pruning(), false);
    StageStory story = stage(TRIAL.pruning());
    assertThat(story.status()).isEqualTo("done");
    assertThat(story.seconds()).hasValue(7.5);
    assertThat(story.begun()).hasValue(START.plusSeconds(2));
    assertThat(story.ended()).hasValue(START.plusSeconds(7));
    assertThat(story.attempts())
        .containsExactly(
            new Attempt(
                1, "w1", "s-1", at(2), new Course.Unsuccessful(at(3), Ending.RETRIED, "disk full")),
            new Attempt(
                2,
                "w2",
                "s-1",
                at(4),
                new Course.Unsuccessful(at(5), Ending.EXPIRED, "no heartbeat for 60 s")),
            new Attempt(2, "w3", "other-1", at(6), new Course.Completed(at(7), false)));
    lease(4, SWEEP, TRIAL.before(), 1);
    complete(4, TRIAL.before(), true);
    assertThat(stage(TRIAL.before()).reused()).isTrue();
    assertThat(stories.story().orElseThrow().status()).isEqualTo("running");
  }

  private static Instant at(int second) {
    return START.plusSeconds(second);
  }

  @Test
  void aTrialThatFailedSaysWhyAndIsTriedAgain() {
    submit();
    lease(1, SWEEP, TRIAL.pruning(), 1);
    hear(
        new SweepEvent.StageFailed(
            1, TRIAL.pruning(), StageKind.PRUNING, FailureKind.INPUT, "no such column"));
    hear(
        new SweepEvent.TrialCompleted(
            SWEEP, 1, new TrialOutcome.Failed("pruning: no such column")));
    hear(new SweepEvent.SweepCompleted(SWEEP, 2, 1));
    TrialStory story = stories.story().orElseThrow();
    assertThat(story.status()).isEqualTo("failed");
    assertThat(story.reason()).isEqualTo("pruning: no such column");
    assertThat(stage(TRIAL.pruning()).status()).isEqualTo("failed");
    assertThat(stories.isOver()).isTrue();
    submit();
    assertThat(stories.isOver()).isFalse();
    assertThat(stories.story().orElseThrow().status()).isEqualTo("waiting");
    lease(2, SWEEP, TRIAL.pruning(), 1);
    complete(2, TRIAL.pruning(), false);
    hear(new SweepEvent.TrialCompleted(SWEEP, 1, new TrialOutcome.Succeeded()));
    assertThat(stories.story().orElseThrow().status()).isEqualTo("completed");
    assertThat(stage(TRIAL.pruning()).attempts())
        .extracting(Attempt::outcome)
        .containsExactly("failed", "completed");
  }

  /** Of every kind of event, those that planned anew among them. */
  @Test
  void everyTrialOfAClustersLifeHasAStory() {
    List<SweepEvent> events = GoldenScenario.events();
    for (SweepEvent each : events) {
      if (each instanceof SweepEvent.SweepSubmitted submitted) {
        TrialStories all = new TrialStories(submitted.sweep(), 0);
        events.forEach(event -> all.hear(new JournalledEvent(1, START, event)));
        assertThat(all.story()).as(submitted.sweep().value()).isPresent();
      }
    }
    TrialStories finished = new TrialStories(new SweepId("finished-1"), 0);
    events.forEach(event -> finished.hear(new JournalledEvent(1, START, event)));
    assertThat(finished.story().orElseThrow().status()).isEqualTo("completed");
    assertThat(finished.story().orElseThrow().stages())
        .extracting(StageStory::status)
        .containsOnly("done");
  }

  @Test
  void anExtensionGivesTrialsNewNumbersAndTheirEndsGoWithThem() {
    TrialStories moved = new TrialStories(SWEEP, 2);
    List<SweepEvent> events =
        List.of(
            submitted(),
            new SweepEvent.TrialCompleted(SWEEP, 1, new TrialOutcome.Succeeded()),
            new SweepEvent.SweepExtended(SWEEP, plan("0.1, 0.25, 0.5"), Origin.UNKNOWN, START));
    events.forEach(this::hear);
    events.forEach(event -> moved.hear(new JournalledEvent(1, START, event)));
    assertThat(stories.story().orElseThrow().words()).contains("0.25");
    assertThat(stories.story().orElseThrow().status()).isEqualTo("waiting");
    assertThat(moved.story().orElseThrow().words()).contains("0.5");
    assertThat(moved.story().orElseThrow().status()).isEqualTo("completed");
  }

  @Test
  void anExtensionLooksAgainAtWhatWasNotRecovered() {
    submit();
    hear(new SweepEvent.RecoverySkipped(SWEEP, 1, "too bad"));
    hear(new SweepEvent.TrialCompleted(SWEEP, 1, new TrialOutcome.Succeeded()));
    assertThat(stories.story().orElseThrow().reason()).isEqualTo("not recovered: too bad");
    hear(new SweepEvent.SweepExtended(SWEEP, plan("0.25, 0.5, 0.75"), Origin.UNKNOWN, START));
    assertThat(stories.story().orElseThrow().reason()).isEmpty();
    assertThat(stories.story().orElseThrow().status()).isEqualTo("waiting");
  }

  @Test
  void whatOthersHadDoneBeforeIsDoneAndReused() {
    submit();
    lease(1, SWEEP, TRIAL.pruning(), 1);
    List<StageKey> read =
        PLAN.stages().stream()
            .filter(stage -> stage.key().equals(TRIAL.pruning()))
            .flatMap(stage -> stage.inputs().stream())
            .toList();
    assertThat(read)
        .isNotEmpty()
        .allSatisfy(
            key -> {
              assertThat(stage(key).status()).isEqualTo("done");
              assertThat(stage(key).reused()).isTrue();
            });
    assertThat(stage(TRIAL.after()).status()).isEqualTo("waiting");
    hear(new SweepEvent.ArtifactLost(1, TRIAL.pruning(), StageKind.PRUNING, read.get(0)));
    assertThat(stage(read.get(0)).status()).as("lost").isEqualTo("waiting");
    hear(new SweepEvent.TrialCompleted(SWEEP, 1, new TrialOutcome.Succeeded()));
    assertThat(stage(TRIAL.after()).status()).isEqualTo("done");
    assertThat(stage(TRIAL.after()).reused()).isTrue();
  }

  @Test
  void writesWhatBecameOfAStageBesideItsOtherFields() throws Exception {
    ObjectMapper mapper =
        JsonMapper.builder()
            .addModules(new Jdk8Module(), new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();
    String head =
        "{\"stage\":\"%s\",\"kind\":\"pruning\",\"words\":\"pruning of a, block 0.5 l2 sum\","
            .formatted(TRIAL.pruning().value());
    submit();
    assertThat(mapper.writeValueAsString(stage(TRIAL.pruning())))
        .isEqualTo(
            head + "\"status\":\"waiting\",\"reused\":false,\"metrics\":{},\"attempts\":[]}");
    lease(1, SWEEP, TRIAL.pruning(), 1);
    hear(
        new SweepEvent.WorkerCrashed(
            1, TRIAL.pruning(), StageKind.PRUNING, new WorkerId("w1", "1"), ""));
    lease(2, SWEEP, TRIAL.pruning(), 1);
    String crashed =
        "\"attempts\":[{\"attempt\":1,\"worker\":\"w1\",\"sweep\":\"s-1\","
            + "\"begun\":\"2026-01-01T00:00:02Z\",\"ended\":\"2026-01-01T00:00:03Z\","
            + "\"outcome\":\"crashed\",\"reason\":\"\"},"
            + "{\"attempt\":1,\"worker\":\"w2\",\"sweep\":\"s-1\","
            + "\"begun\":\"2026-01-01T00:00:04Z\",";
    assertThat(mapper.writeValueAsString(stage(TRIAL.pruning())))
        .isEqualTo(
            head
                + "\"status\":\"running\",\"reused\":false,\"begun\":\"2026-01-01T00:00:02Z\","
                + "\"metrics\":{},"
                + crashed
                + "\"outcome\":\"running\"}]}");
    complete(2, TRIAL.pruning(), false);
    assertThat(mapper.writeValueAsString(stage(TRIAL.pruning())))
        .isEqualTo(
            head
                + "\"status\":\"done\",\"reused\":false,\"begun\":\"2026-01-01T00:00:02Z\","
                + "\"ended\":\"2026-01-01T00:00:05Z\",\"seconds\":7.5,\"metrics\":{\"m\":1.0},"
                + crashed
                + "\"ended\":\"2026-01-01T00:00:05Z\",\"outcome\":\"completed\"}]}");
  }
}
