package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The coordinator's decisions, without any actor. */
class DecisionsTest extends DecisionsFixture {
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
    happen(Decisions.expire(state, Set.of(stale.id()), 60));
    Lease fresh = assign(TWO);
    assertThat(fresh.stage()).isEqualTo(stale.stage());
    assertThat(Decisions.report(state, ONE, stale.id(), done(stale))).isEmpty();
    assertThat(Decisions.report(state, ONE, fresh.id(), done(fresh))).isEmpty();
    assertThat(report(fresh, done(fresh))).hasSize(1);
    assertThat(Decisions.report(state, TWO, fresh.id(), done(fresh))).isEmpty();
  }

  @Test
  void givesAWorkerThatAsksAgainTheLeaseItHas() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    assertThat(Decisions.held(state, ONE)).contains(lease);
    assertThat(Decisions.endedWith(state, ONE, "")).isEmpty();
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
    assertThat(wider.stages()).allMatch(stage -> state.stage(stage.key()).isPresent());
    StageKey first = assign(ONE).stage();
    assertThat(state.sweeps().values())
        .as("what both need is leased once, and ready in neither")
        .allMatch(sweep -> sweep.needs(first))
        .noneMatch(sweep -> sweep.ready().contains(sweep.index().place(first)));
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
    assertThat(other.stages()).allMatch(stage -> state.stage(stage.key()).isPresent());
    assertThat(plan.stages()).noneMatch(stage -> state.stage(stage.key()).isPresent());
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
            new SweepId("s"),
            plan,
            "/runs",
            false,
            10,
            new IdempotencyKey("k"),
            Instant.EPOCH,
            Origin.UNKNOWN,
            null);
    happen(Decisions.submit(state, keyed));
    SweepPlan other = plan("models = [b], ratios = [0.5], criteria = [l2]");
    Submit again =
        new Submit(
            new SweepId("t"),
            other,
            "/runs",
            false,
            10,
            new IdempotencyKey("k"),
            Instant.EPOCH,
            Origin.UNKNOWN,
            null);
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
}
