package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TrialOutcome;
import dev.secateur.protocol.WorkerId;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of stages that fail, of lost leases and of lost artifacts. */
class SecondAttemptsTest extends DecisionsFixture {
  @Test
  void triesAFailedStageOnAnotherWorkerAndThenFailsItsTrials() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease first = assign(ONE);
    assertThat(report(first, BROKEN)).hasOnlyElementsOfType(SweepEvent.StageRetried.class);
    assertThat(assign(ONE).stage()).isNotEqualTo(first.stage());
    Lease second = assign(TWO);
    assertThat(second.stage()).isEqualTo(first.stage());
    assertThat(second.attempt()).isEqualTo(2);
    report(second, BROKEN);
    Lease third = assign(TWO);
    assertThat(third.stage()).isEqualTo(first.stage());
    assertThat(third.attempt()).isEqualTo(3);
    assertThat(report(third, BROKEN))
        .contains(
            new SweepEvent.TrialCompleted(
                new SweepId("s"), 0, new TrialOutcome.Failed("evaluation: disk full")),
            new SweepEvent.SweepCompleted(new SweepId("s"), 2, 2));
  }

  @Test
  void failsOnlyTheTrialsThatNeedAFailedStage() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    boolean failed = false;
    List<SweepEvent> last = List.of();
    while (!state.sweeps().isEmpty()) {
      Lease lease = assign(ONE);
      boolean now = !failed && kind(lease) == StageKind.PRUNING;
      failed |= now;
      last = report(lease, now ? new Outcome.Failed(FailureKind.INPUT, "no") : done(lease));
    }
    assertThat(last).contains(new SweepEvent.SweepCompleted(new SweepId("s"), 2, 1));
  }

  /** Its numbers would be lost if the trial, and with it the sweep, ended at once. */
  @Test
  void evaluatesThePrunedModelOfATrialWhoseRecoveryFails() {
    SweepPlan one = plan("models = [a], ratios = [0.5], criteria = [l2], recovery { steps = 5 }");
    happen(Decisions.submit(state, submit("s", one, false)));
    StageKey pruned = one.trials().get(0).after();
    Lease evaluation = assign(ONE);
    while (!evaluation.stage().equals(pruned)) {
      report(evaluation, done(evaluation));
      evaluation = assign(ONE);
    }
    Lease recovery = assign(TWO);
    assertThat(kind(recovery)).isEqualTo(StageKind.RECOVERY);
    assertThat(report(recovery, new Outcome.Failed(FailureKind.NUMERIC, "loss is NaN")))
        .hasOnlyElementsOfType(SweepEvent.StageFailed.class);
    assertThat(report(evaluation, done(evaluation)))
        .contains(
            new SweepEvent.TrialCompleted(
                new SweepId("s"), 0, new TrialOutcome.Failed("recovery: loss is NaN")),
            new SweepEvent.SweepCompleted(new SweepId("s"), 1, 1));
  }

  /** No number depends on what is written of a model. */
  @Test
  void evaluatesAllModelsOfATrialWhoseExportFails() {
    SweepPlan one =
        plan(
            "models = [a], ratios = [0.5], criteria = [l2], recovery { steps = 5 }, export = true");
    happen(Decisions.submit(state, submit("s", one, false)));
    List<SweepEvent> last = List.of();
    Optional<Lease> evaluation = Optional.empty();
    StageKey recovered = one.trials().get(0).recovered().orElseThrow();
    boolean failed = false;
    while (!failed) {
      Lease lease = assign(evaluation.isEmpty() ? ONE : TWO);
      if (lease.stage().equals(recovered)) {
        evaluation = Optional.of(lease);
        continue;
      }
      failed = kind(lease) == StageKind.EXPORT;
      last = report(lease, failed ? new Outcome.Failed(FailureKind.INPUT, "no") : done(lease));
    }
    assertThat(last).hasOnlyElementsOfType(SweepEvent.StageFailed.class);
    Lease left = evaluation.orElseGet(() -> assign(ONE));
    assertThat(left.stage()).isEqualTo(recovered);
    assertThat(report(left, done(left)))
        .contains(
            new SweepEvent.TrialCompleted(
                new SweepId("s"), 0, new TrialOutcome.Failed("export: no")),
            new SweepEvent.SweepCompleted(new SweepId("s"), 1, 1));
  }

  @Test
  void doesNotRepeatWhatCannotEndOtherwise() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(report(assign(ONE), new Outcome.Failed(FailureKind.NUMERIC, "loss is NaN")))
        .hasAtLeastOneElementOfType(SweepEvent.StageFailed.class);
  }

  @Test
  void voidsTheLeasesOfAnEarlierStartOfTheSameWorker() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    WorkerId again = new WorkerId("one", "2");
    assertThat(happen(Decisions.endedWith(state, again, "")))
        .hasOnlyElementsOfType(SweepEvent.LeaseVoided.class);
    assertThat(assign(again).stage()).isEqualTo(lease.stage());
  }

  @Test
  void givesUpAStageThatEndsEveryProcessThatTakesItUp() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    List<SweepEvent> last = List.of();
    StageKey poison = assign(ONE).stage();
    for (int life = 2; state.sweeps().containsKey(new SweepId("s")); life++) {
      WorkerId again = new WorkerId("one", "" + life);
      last = happen(Decisions.endedWith(state, again, "signal 11"));
      if (state.stages().containsKey(poison) && state.stages().get(poison).failure().isEmpty()) {
        SweepEvent.StageLeased leased = Assigned.to(state, again, Set.of("one")).orElseThrow();
        assertThat(leased.lease().stage()).isEqualTo(poison);
        assertThat(leased.lease().attempt()).isEqualTo(life);
        happen(List.of(leased));
      }
    }
    assertThat(last).hasAtLeastOneElementOfType(SweepEvent.StageFailed.class);
    assertThat(last.toString()).contains("the process of worker one ended: signal 11");
    assertThat(last).last().isInstanceOf(SweepEvent.SweepCompleted.class);
  }

  @Test
  void countsTheLastWordsOfAWorkerWhoseLeaseHasExpired() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    List<SweepEvent> last = List.of();
    Lease lease = assign(ONE);
    StageKey poison = lease.stage();
    for (int life = 2; state.sweeps().containsKey(new SweepId("s")); life++) {
      expire(lease);
      WorkerId again = new WorkerId("one", "" + life);
      last = happen(Decisions.endedWith(state, again, "signal 11"));
      assertThat(last).hasAtLeastOneElementOfType(SweepEvent.WorkerCrashed.class);
      assertThat(Decisions.endedWith(state, again, "signal 11"))
          .as("counted once, however often the worker asks")
          .isEmpty();
      if (!state.sweeps().isEmpty()) {
        SweepEvent.StageLeased leased = Assigned.to(state, again, Set.of("one")).orElseThrow();
        happen(List.of(leased));
        lease = leased.lease();
        assertThat(lease.stage()).isEqualTo(poison);
        assertThat(lease.attempt()).isEqualTo(life);
      }
    }
    assertThat(last).hasAtLeastOneElementOfType(SweepEvent.StageFailed.class);
    assertThat(last.toString()).contains("the process of worker one ended: signal 11");
    assertThat(last).last().isInstanceOf(SweepEvent.SweepCompleted.class);
    assertThat(state.expired()).isEmpty();
  }

  /** As where each worker needs longer to come back than its lease lives. */
  @Test
  void givesUpAStageWhoseWorkersSpeakWhileAnotherIsAtIt() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    StageKey poison = lease.stage();
    WorkerId last = ONE;
    WorkerId next = TWO;
    for (int attempt = 1; attempt <= 3; attempt++) {
      expire(lease);
      lease = Assigned.to(state, next, Set.of(next.name())).orElseThrow().lease();
      assertThat(lease.stage()).isEqualTo(poison);
      happen(List.of(new SweepEvent.StageLeased(new SweepId("s"), lease, StageKind.DISCOVERY)));
      WorkerId again = new WorkerId(last.name(), "" + (attempt + 1));
      assertThat(happen(Decisions.endedWith(state, again, "signal 11")))
          .hasOnlyElementsOfType(SweepEvent.WorkerCrashed.class);
      assertThat(state.leases().values()).as("whoever is at it goes on").contains(lease);
      last = next;
      next = again;
    }
    assertThat(expire(lease))
        .hasAtLeastOneElementOfType(SweepEvent.StageFailed.class)
        .asString()
        .contains("the processes that ran it ended: signal 11");
  }

  @Test
  void doesNotCountWhatAWorkerDidSinceItsLeaseExpired() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease first = assign(ONE);
    expire(first);
    assertThat(Decisions.endedWith(state, ONE, "of a life before"))
        .as("it only was silent")
        .isEmpty();
    Lease second = assign(TWO);
    assertThat(second.stage()).isEqualTo(first.stage());
    Lease third = assign(ONE);
    assertThat(happen(Decisions.endedWith(state, new WorkerId("one", "2"), "9")))
        .allSatisfy(event -> assertThat(event.toString()).contains(third.stage().value()));
    report(second, done(second));
    assertThat(state.stages().get(first.stage()).attemptsLeft()).isEqualTo(3);
  }

  @Test
  void aStageThatIsDoneByAnotherIsNotFailedByLateWords() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease first = assign(ONE);
    expire(first);
    Lease second = assign(TWO);
    report(second, done(second));
    assertThat(Decisions.endedWith(state, new WorkerId("one", "2"), "signal 9")).isEmpty();
  }

  private List<SweepEvent> expire(Lease lease) {
    return happen(Decisions.expire(state, Set.of(lease.id()), 60));
  }

  @Test
  void submitsAgainWhatFailedBefore() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    report(assign(ONE), new Outcome.Failed(FailureKind.INPUT, "no"));
    assertThat(state.sweeps()).isEmpty();
    happen(Decisions.submit(state, submit("t", plan, false)));
    assertThat(Assigned.to(state, ONE, BOTH)).isPresent();
  }

  @Test
  void computesALostInputAgainBeforeWhatReadsIt() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease baseline = assign(ONE);
    Lease discovery = assign(TWO);
    report(discovery, done(discovery));
    Lease estimation = assign(TWO);
    assertThat(report(estimation, new Outcome.InputLost(discovery.stage())))
        .containsExactly(
            new SweepEvent.ArtifactLost(
                estimation.id(), estimation.stage(), StageKind.ESTIMATION, discovery.stage()));
    Lease again = assign(TWO);
    assertThat(again.stage()).isEqualTo(discovery.stage());
    assertThat(Assigned.to(state, new WorkerId("three", "1"), BOTH)).isEmpty();
    report(again, done(again));
    Lease reader = assign(TWO);
    assertThat(reader.stage()).isEqualTo(estimation.stage());
    assertThat(reader.attempt()).isEqualTo(2);
    report(baseline, done(baseline));
    while (!state.sweeps().isEmpty()) {
      Lease next = state.leases().values().stream().findFirst().orElseGet(() -> assign(ONE));
      report(next, done(next));
    }
    assertThat(state.finished().get(new SweepId("s")).summary().stagesDone())
        .isEqualTo(plan.stages().size());
  }

  @Test
  void anInputThatIsLostAgainAndAgainFailsWhatReadsIt() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assign(ONE);
    Lease discovery = assign(TWO);
    report(discovery, done(discovery));
    List<SweepEvent> last = List.of();
    for (int attempt = 1; attempt <= 3; attempt++) {
      last = report(assign(TWO), new Outcome.InputLost(discovery.stage()));
      if (attempt < 3) {
        Lease again = assign(TWO);
        report(again, done(again));
      }
    }
    assertThat(last.get(0)).isInstanceOf(SweepEvent.StageFailed.class);
    assertThat(state.sweeps()).isEmpty();
  }

  @Test
  void triesFailedTrialsAgainWhileTheOthersGoOn() {
    SweepPlan two = plan("models = [a, b], ratios = [0.5], criteria = [l2]");
    happen(Decisions.submit(state, submit("s", two, false)));
    Lease first = assign(ONE);
    report(first, new Outcome.Failed(FailureKind.INPUT, "no such file"));
    assertThat(sweep("s").failed()).isEqualTo(1);
    assertThat(happen(Decisions.retryFailed(sweep("s"))))
        .containsExactly(new SweepEvent.TrialsRetried(new SweepId("s"), List.of(0)));
    assertThat(sweep("s").completed()).isEmpty();
    assertThat(Decisions.retryFailed(sweep("s"))).isEmpty();
    Lease again = assign(ONE);
    assertThat(again.stage()).isEqualTo(first.stage());
    assertThat(again.attempt()).isEqualTo(1);
    List<SweepEvent> last = report(again, done(again));
    while (!state.sweeps().isEmpty()) {
      Lease next = assign(ONE);
      last = report(next, done(next));
    }
    assertThat(last).contains(new SweepEvent.SweepCompleted(new SweepId("s"), 2, 0));
  }

  /** The first sweep waits for the stage, though only the other sweep has retried it. */
  @Test
  void aFailedStageThatAnotherSweepRetriesIsReadyInBoth() {
    SweepPlan one = plan("models = [a], ratios = [0.5], criteria = [l2], recovery { steps = 5 }");
    happen(Decisions.submit(state, submit("s", one, false)));
    StageKey pruned = one.trials().get(0).after();
    Lease evaluation = assign(ONE);
    while (!evaluation.stage().equals(pruned)) {
      report(evaluation, done(evaluation));
      evaluation = assign(ONE);
    }
    Lease recovery = assign(TWO);
    report(recovery, new Outcome.Failed(FailureKind.NUMERIC, "loss is NaN"));
    SweepPlan two =
        plan("models = [a], ratios = [0.5, 0.6], criteria = [l2], recovery { steps = 5 }");
    happen(Decisions.submit(state, submit("t", two, false)));
    happen(Decisions.cancel(state, sweep("t")));
    report(evaluation, done(evaluation));
    assertThat(state.sweeps()).containsOnlyKeys(new SweepId("s"));
    assertThat(assign(TWO).stage()).isEqualTo(recovery.stage());
  }
}
