package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.TrialOutcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** That a sweep costs the coordinator what becomes of it, and not what it might become. */
class LargeSweepTest extends DecisionsFixture {
  private static final SweepId S = new SweepId("s");

  @Test
  void aNewSweepPutsNothingIntoTheStateButWhatIsReady() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(state.stages()).isEmpty();
    assertThat(plan.stages())
        .allMatch(stage -> state.stage(stage.key()).orElseThrow().isWaiting())
        .allMatch(
            stage -> state.stage(stage.key()).orElseThrow().attemptsLeft() == plan.attempts());
    assertThat(state.sweeps().get(S).ready())
        .isNotEmpty()
        .allMatch(place -> plan.stages().get(place).inputs().isEmpty());
  }

  @Test
  void aPlanThatWasPreparedIsNotIndexedAgain() {
    state.indexes().prepare(plan);
    PlanIndex prepared = state.indexes().of(plan);
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(state.sweeps().get(S).index()).isSameAs(prepared);
    state.indexes().forget(plan);
    assertThat(state.indexes().of(plan)).isNotSameAs(prepared);
  }

  @Test
  void aSecondSweepStartsWhereTheFirstStands() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    StageKey first = assign(ONE).stage();
    happen(Decisions.submit(state, submit("t", plan("models = [a], ratios = [0.5]"), false)));
    SweepState second = state.sweeps().get(new SweepId("t"));
    assertThat(second.needs(first)).isTrue();
    assertThat(second.ready()).doesNotContain(second.index().place(first)).isNotEmpty();
  }

  @Test
  void countsFailuresAsTrialsCompleteAndAreTriedAgain() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    SweepState sweep =
        state
            .sweeps()
            .get(S)
            .with(0, new TrialOutcome.Failed("no"))
            .with(0, new TrialOutcome.Failed("no"));
    assertThat(sweep.failed()).isEqualTo(1);
    assertThat(sweep.with(1, new TrialOutcome.Succeeded()).failed()).isEqualTo(1);
    assertThat(sweep.with(1, new TrialOutcome.Succeeded()).without(List.of(0)).failed()).isZero();
    assertThat(sweep.without(List.of(0, 1)).completed()).isEmpty();
  }

  @Test
  void aSweepThatEndsLeavesNothingBehind() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assign(ONE);
    happen(Decisions.cancel(state, state.sweeps().get(S)));
    assertThat(state.stages()).isEmpty();
    assertThat(state.stage(plan.stages().get(0).key())).isEmpty();
    happen(List.of(new SweepEvent.ResultsWritten(S)));
    assertThat(state.unreported()).isEmpty();
  }
}
