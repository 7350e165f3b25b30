package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FailureRunTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final FailureRun.Rule RULE =
      new FailureRun.Rule(3, Duration.ofMinutes(1), Duration.ofMinutes(5));

  private static FailureRun and(FailureRun run, String key, StageKind kind, Instant at) {
    return run.and(new StageKey(key), kind, "why", at, RULE);
  }

  private static FailureRun threeOfTwoKinds() {
    FailureRun two =
        and(and(FailureRun.NONE, "a", StageKind.PRUNING, NOW), "b", StageKind.PRUNING, NOW);
    assertThat(two.isAside(NOW)).isFalse();
    return and(two, "c", StageKind.EVALUATION, NOW);
  }

  @Test
  void aWorkerThatFailsSeveralStagesOfDifferentKindsIsPutAsideForAWhile() {
    FailureRun run = threeOfTwoKinds();
    assertThat(run.isAside(NOW)).isTrue();
    assertThat(run.isAside(NOW.plusSeconds(59))).isTrue();
    assertThat(run.isAside(NOW.plusSeconds(60))).isFalse();
  }

  @Test
  void stagesOfOneKindOrOneStageSayNothingOfTheWorker() {
    FailureRun run = FailureRun.NONE;
    for (String key : new String[] {"a", "b", "c", "d"}) {
      run = and(run, key, StageKind.PRUNING, NOW);
    }
    assertThat(run.isAside(NOW)).isFalse();
    FailureRun same = FailureRun.NONE;
    for (StageKind kind : StageKind.values()) {
      same = and(same, "a", kind, NOW);
    }
    assertThat(same.isAside(NOW)).isFalse();
  }

  @Test
  void thePauseGrowsUntilItIsLongest() {
    FailureRun run = threeOfTwoKinds();
    Instant at = NOW;
    for (int minutes : new int[] {2, 4, 5, 5}) {
      at = run.until();
      run = and(run, "d", StageKind.EXPORT, at);
      assertThat(run.until()).isEqualTo(at.plus(Duration.ofMinutes(minutes)));
    }
  }

  @Test
  void noFailuresMeansNever() {
    FailureRun.Rule never = new FailureRun.Rule(0, Duration.ofMinutes(1), Duration.ofMinutes(1));
    FailureRun run = threeOfTwoKinds().and(new StageKey("x"), StageKind.EXPORT, "", NOW, never);
    assertThat(FailureRun.NONE.and(new StageKey("x"), StageKind.EXPORT, "", NOW, never).until())
        .isEqualTo(FailureRun.NONE.until());
    assertThat(run.rests()).isEqualTo(1);
  }
}
