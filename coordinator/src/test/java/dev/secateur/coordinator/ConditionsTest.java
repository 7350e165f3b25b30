package dev.secateur.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.WorkerId;
import dev.secateur.protocol.WorkerSummary.Problem;
import dev.secateur.protocol.WorkerSummary.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is amiss with workers, and what is told of it. */
class ConditionsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long MIB = 1L << 20;

  private final List<String> told = new ArrayList<>();
  private final Conditions conditions =
      new Conditions(
          new FailureRun.Rule(2, Duration.ofMinutes(1), Duration.ofMinutes(9)), this::hear);

  private void hear(Notice notice) {
    told.add(notice.event());
  }

  private void fail(String stage, StageKind kind, FailureKind why) {
    conditions.ended("one", new StageKey(stage), kind, new Outcome.Failed(why, "why"), NOW);
  }

  private static List<Assignments.Candidate> worker(long free) {
    Capabilities capabilities =
        new Capabilities("cpu", 0, Set.of(), Map.of(), Set.of(), CodeVersion.UNKNOWN)
            .with(new DiskRoom("/w", free, 1000 * MIB, Map.of()));
    return List.of(new Assignments.Candidate(new WorkerId("one", "1"), capabilities));
  }

  private void look(long free) {
    conditions.look(CoordinatorState.empty(), worker(free), worker(free));
  }

  @Test
  void tellsOnceThatADiskIsLowAndOnceThatItIsNot() {
    look(5000 * MIB);
    assertThat(told).isEmpty();
    look(1007 * MIB);
    look(900 * MIB);
    assertThat(conditions.of("one").problem())
        .hasValue(
            new Problem(
                State.LOW_DISK, "/w has 900 MiB free, of which 1000 MiB are kept in reserve"));
    assertThat(conditions.isAside("one")).isFalse();
    look(5000 * MIB);
    assertThat(conditions.of("one").problem()).isEmpty();
    assertThat(told).containsExactly("worker-low-disk", "worker-well");
  }

  @Test
  void aWorkerThatFailsInARowIsPutAsideAndComesBackByItself() {
    fail("a", StageKind.PRUNING, FailureKind.INTERNAL);
    fail("b", StageKind.EVALUATION, FailureKind.INTERNAL);
    assertThat(conditions.isAside("one")).isTrue();
    assertThat(conditions.of("one").problem().orElseThrow().reason())
        .isEqualTo(
            "2 stages of different kinds failed there in a row, the last: why; it gets no"
                + " stage until 2026-01-01T00:01:00Z");
    look(900 * MIB);
    assertThat(conditions.isAside("one")).isTrue();
    conditions.passed(Set.of(), NOW.plusSeconds(59)); // its process is being started again
    assertThat(conditions.isAside("one")).isTrue();
    conditions.passed(Set.of("one"), NOW.plusSeconds(60));
    assertThat(conditions.of("one").problem()).isEmpty();
    assertThat(told).containsExactly("worker-put-aside", "worker-well");
  }

  @Test
  void aSuccessClearsItAndMistakesOfTheUserDoNotCount() {
    fail("a", StageKind.PRUNING, FailureKind.INTERNAL);
    fail("b", StageKind.EVALUATION, FailureKind.INPUT);
    fail("c", StageKind.EVALUATION, FailureKind.NUMERIC);
    fail("d", StageKind.EVALUATION, FailureKind.MEMORY);
    assertThat(told).isEmpty();
    StageKey key = new StageKey("e");
    conditions.ended(
        "one",
        key,
        StageKind.EXPORT,
        new Outcome.Succeeded(
            new ArtifactRef(key, StageKind.EXPORT, "sha", 1), Map.of(), 1, false, Map.of()),
        NOW);
    fail("f", StageKind.EVALUATION, FailureKind.INTERNAL);
    assertThat(told).isEmpty();
  }

  @Test
  void aSuccessSaysNothingOfADiskThatIsLow() {
    look(900 * MIB);
    StageKey key = new StageKey("e");
    conditions.ended(
        "one",
        key,
        StageKind.EXPORT,
        new Outcome.Succeeded(
            new ArtifactRef(key, StageKind.EXPORT, "sha", 1), Map.of(), 1, false, Map.of()),
        NOW);
    look(900 * MIB);
    assertThat(told).containsExactly("worker-low-disk");
  }

  @Test
  void theLastCrashAtAStageCountsOnce() {
    fail("a", StageKind.PRUNING, FailureKind.INTERNAL);
    StageKey key = new StageKey("b");
    conditions.crashed(
        "one",
        List.of(
            new SweepEvent.WorkerCrashed(
                1, key, StageKind.EVALUATION, new WorkerId("one", "1"), "signal 11"),
            new SweepEvent.StageFailed(
                1, key, StageKind.EVALUATION, FailureKind.INTERNAL, "signal 11")),
        NOW);
    assertThat(conditions.isAside("one")).isTrue();
    conditions.passed(Set.of("one"), NOW.plusSeconds(60));
    assertThat(conditions.isAside("one")).as("after the first pause").isFalse();
  }
}
