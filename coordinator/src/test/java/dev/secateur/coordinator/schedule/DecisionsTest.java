package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The coordinator's decisions, without any actor. */
class DecisionsTest {
  private static final WorkerId ONE = new WorkerId("one", "1");
  private static final WorkerId TWO = new WorkerId("two", "1");
  private static final Set<String> BOTH = Set.of("one", "two");
  private static final Outcome BROKEN = new Outcome.Failed(FailureKind.INTERNAL, "disk full");

  private final SweepPlan plan = plan("models = [a], ratios = [0.25, 0.5], criteria = [l2]");
  private CoordinatorState state = CoordinatorState.empty();

  private static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  private static Submit submit(String id, SweepPlan plan, boolean alone) {
    return new Submit(
        new SweepId(id), plan, "/runs/" + id, alone, 10, Optional.empty(), Instant.EPOCH, null);
  }

  private List<SweepEvent> happen(List<? extends SweepEvent> events) {
    events.forEach(event -> state = state.apply(event));
    return List.copyOf(events);
  }

  private Lease assign(WorkerId worker) {
    SweepEvent.StageLeased leased = Assigned.to(state, worker, BOTH).orElseThrow();
    happen(List.of(leased));
    return leased.lease();
  }

  private List<SweepEvent> report(Lease lease, Outcome outcome) {
    return happen(Decisions.report(state, lease.worker(), lease.id(), outcome));
  }

  private static Outcome done(Lease lease) {
    return new Outcome.Succeeded(
        new ArtifactRef(lease.stage(), StageKind.PRUNING, "sha", 1), Map.of(), 1, false);
  }

  private StageKind kind(Lease lease) {
    return state.stages().get(lease.stage()).stage().kind();
  }

  @Test
  void runsASweepToItsEnd() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    int stages = 0;
    List<SweepEvent> last = List.of();
    while (!state.sweeps().isEmpty()) {
      last = report(assign(ONE), done(state.leases().values().iterator().next()));
      stages++;
    }
    assertThat(stages).isEqualTo(plan.stages().size());
    assertThat(last).contains(new SweepEvent.SweepCompleted(new SweepId("s"), 2, 0));
    assertThat(state.stages()).isEmpty();
  }

  @Test
  void leasesAStageOnlyOnceItsInputsAreDone() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease baseline = assign(ONE);
    Lease discovery = assign(TWO);
    assertThat(kind(baseline)).isEqualTo(StageKind.EVALUATION);
    assertThat(kind(discovery)).isEqualTo(StageKind.DISCOVERY);
    assertThat(Assigned.to(state, new WorkerId("three", "1"), BOTH)).isEmpty();
    report(discovery, done(discovery));
    assertThat(kind(assign(TWO))).isEqualTo(StageKind.ESTIMATION);
  }

  @Test
  void refusesAnOutcomeUnderAStaleLease() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease stale = assign(ONE);
    happen(Decisions.voidLeases(state, Set.of(stale.id()), "expired"));
    Lease fresh = assign(TWO);
    assertThat(fresh.stage()).isEqualTo(stale.stage());
    assertThat(Decisions.report(state, ONE, stale.id(), done(stale))).isEmpty();
    assertThat(Decisions.report(state, ONE, fresh.id(), done(fresh))).isEmpty();
    assertThat(report(fresh, done(fresh))).hasSize(1);
    assertThat(Decisions.report(state, TWO, fresh.id(), done(fresh))).isEmpty();
  }

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
                new SweepId("s"), 0, Optional.of("evaluation: disk full")),
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

  @Test
  void doesNotRepeatWhatCannotEndOtherwise() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(report(assign(ONE), new Outcome.Failed(FailureKind.NUMERIC, "loss is NaN")))
        .hasAtLeastOneElementOfType(SweepEvent.StageFailed.class);
  }

  @Test
  void givesAWorkerThatAsksAgainTheLeaseItHas() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    assertThat(Decisions.held(state, ONE)).contains(lease);
    assertThat(Decisions.endedWith(state, ONE, Optional.empty())).isEmpty();
  }

  @Test
  void voidsTheLeasesOfAnEarlierStartOfTheSameWorker() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    WorkerId again = new WorkerId("one", "2");
    assertThat(happen(Decisions.endedWith(state, again, Optional.empty())))
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
      last = happen(Decisions.endedWith(state, again, Optional.of("signal 11")));
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
  void recognisesTheSameWorkAndSharesStagesBetweenSweeps() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(Decisions.same(state, submit("t", plan, false)))
        .map(SweepState::id)
        .contains(new SweepId("s"));
    SweepPlan wider = plan("models = [a], ratios = [0.1, 0.25, 0.5], criteria = [l2]");
    assertThat(Decisions.same(state, submit("t", wider, false))).isEmpty();
    happen(Decisions.submit(state, submit("t", wider, false)));
    Set<StageKey> all = state.stages().keySet();
    assertThat(all).hasSize(wider.stages().size());
  }

  @Test
  void cancelsOthersForASweepThatIsToBeAlone() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assign(ONE);
    SweepPlan other = plan("models = [b], ratios = [0.25]");
    List<SweepEvent> events = happen(Decisions.submit(state, submit("t", other, true)));
    assertThat(events)
        .hasAtLeastOneElementOfType(SweepEvent.LeaseVoided.class)
        .hasAtLeastOneElementOfType(SweepEvent.SweepCancelled.class);
    assertThat(state.sweeps().keySet()).containsExactly(new SweepId("t"));
    assertThat(state.leases()).isEmpty();
    assertThat(state.stages()).hasSize(other.stages().size());
  }

  @Test
  void submitsAgainWhatFailedBefore() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    report(assign(ONE), new Outcome.Failed(FailureKind.INPUT, "no"));
    assertThat(state.sweeps()).isEmpty();
    happen(Decisions.submit(state, submit("t", plan, false)));
    assertThat(Assigned.to(state, ONE, BOTH)).isPresent();
  }

  private SweepState sweep(String id) {
    return state.sweeps().get(new SweepId(id));
  }

  private SweepId owner(Lease lease) {
    return state.owners().get(lease.id());
  }

  /** A sweep of six prunings that wait for nothing; other sweeps rest while it gets so far. */
  private void submitWide(String id, String model, int priority) {
    List<SweepState> others = List.copyOf(state.sweeps().values());
    others.forEach(other -> happen(Decisions.pause(state, other)));
    SweepPlan wide =
        plan("models = [" + model + "], ratios = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], criteria = [l2]");
    happen(
        Decisions.submit(
            state,
            new Submit(
                new SweepId(id),
                wide,
                "/runs",
                false,
                priority,
                Optional.empty(),
                Instant.EPOCH,
                null)));
    for (int i = 0; i < 3; i++) { // baseline, discovery, estimation
      Lease lease = assign(new WorkerId("w" + id + i, "1"));
      report(lease, done(lease));
    }
    others.forEach(other -> happen(Decisions.resume(state, sweep(other.id().value()))));
  }

  @Test
  void sweepsShareTheWorkersByPriority() {
    submitWide("small", "a", 10);
    submitWide("large", "b", 30);
    Map<String, Integer> given = new java.util.TreeMap<>();
    for (int i = 0; i < 8; i++) {
      given.merge(owner(assign(new WorkerId("x" + i, "1"))).value(), 1, Integer::sum);
    }
    assertThat(given).containsEntry("small", 2).containsEntry("large", 6);
  }

  @Test
  void aHugeSweepDoesNotStarveALaterOne() {
    submitWide("huge", "a", 10);
    assign(new WorkerId("x1", "1"));
    assign(new WorkerId("x2", "1"));
    happen(
        Decisions.submit(
            state, submit("late", plan("models = [b], ratios = [0.5], criteria = [l2]"), false)));
    assertThat(owner(assign(new WorkerId("x3", "1"))).value()).isEqualTo("late");
  }

  @Test
  void aPausedSweepGetsNoTasksUntilItIsResumed() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.pause(state, sweep("s")));
    assertThat(Assigned.to(state, ONE, BOTH)).isEmpty();
    assertThat(Decisions.pause(state, sweep("s"))).isEmpty();
    happen(Decisions.resume(state, sweep("s")));
    assertThat(Assigned.to(state, ONE, BOTH)).isPresent();
  }

  @Test
  void aStoppedSweepEndsWithItsLastTask() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease running = assign(ONE);
    assertThat(happen(Decisions.stop(state, sweep("s"))))
        .containsExactly(new SweepEvent.SweepStopping(new SweepId("s")));
    assertThat(Assigned.to(state, TWO, BOTH)).isEmpty();
    assertThat(report(running, done(running)))
        .last()
        .isEqualTo(new SweepEvent.SweepStopped(new SweepId("s")));
    assertThat(state.finished().get(new SweepId("s")).summary().stagesDone()).isEqualTo(1);
    assertThat(state.stages()).isEmpty();
  }

  @Test
  void aSweepWithoutTasksStopsAtOnce() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(happen(Decisions.stop(state, sweep("s"))))
        .contains(new SweepEvent.SweepStopped(new SweepId("s")));
  }

  @Test
  void aCancelledSweepLeavesTheTasksThatAnotherNeeds() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    SweepPlan wider = plan("models = [a], ratios = [0.25, 0.5, 0.75], criteria = [l2]");
    happen(Decisions.submit(state, submit("wider", wider, false)));
    Lease shared = assign(ONE);
    happen(Decisions.cancel(state, sweep("s")));
    assertThat(state.leases()).containsKey(shared.id());
    assertThat(Decisions.task(state, shared).orElseThrow().sweep()).isEqualTo(new SweepId("wider"));
    happen(Decisions.cancel(state, sweep("wider")));
    assertThat(state.leases()).isEmpty();
    assertThat(state.stages()).isEmpty();
  }

  @Test
  void aDrainedWorkerGetsNothingButItsNextIncarnationDoes() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.drain(state, ONE));
    assertThat(Assigned.to(state, ONE, BOTH)).isEmpty();
    assertThat(Assigned.to(state, new WorkerId("one", "2"), BOTH)).isPresent();
  }

  @Test
  void knowsASubmissionByItsKeyEvenAfterItsEnd() {
    Submit keyed =
        new Submit(
            new SweepId("s"), plan, "/runs", false, 10, Optional.of("k"), Instant.EPOCH, null);
    happen(Decisions.submit(state, keyed));
    SweepPlan other = plan("models = [b], ratios = [0.5], criteria = [l2]");
    Submit again =
        new Submit(
            new SweepId("t"), other, "/runs", false, 10, Optional.of("k"), Instant.EPOCH, null);
    assertThat(Decisions.same(state, again).orElseThrow().id()).isEqualTo(new SweepId("s"));
    happen(Decisions.cancel(state, sweep("s")));
    assertThat(Decisions.same(state, again)).isEmpty();
    assertThat(Decisions.finished(state, again).orElseThrow().summary().sweep())
        .isEqualTo(new SweepId("s"));
  }

  @Test
  void aSweepThatEndedRunsAgainUnderItsId() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.cancel(state, sweep("s")));
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(sweep("s").status()).isEqualTo(SweepStatus.RUNNING);
    assertThat(state.finished()).isEmpty();
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
}
