package dev.secateur.coordinator.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.SweepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sweeps of this version, and a coordinator of the next. */
class UpgradeTest extends DecisionsFixture {
  private static final CodeVersion NEXT = new CodeVersion(CodeVersion.CURRENT.number() + 1);

  private static SweepPlan plan(CodeVersion version) {
    FakeSources sources = new FakeSources("/");
    String text = "models = [a], ratios = [0.25, 0.5], criteria = [l2]";
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources, version);
  }

  private List<SweepEvent> upgrade() {
    return happen(Upgrade.to(NEXT, state));
  }

  private static <T extends SweepEvent> List<T> only(Class<T> type, List<SweepEvent> events) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @Test
  void beginsAgainWithEveryStage() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    for (int stage = 0; stage < 5; stage++) {
      Lease lease = assign(ONE);
      report(lease, done(lease));
    }
    assertThat(sweep("s").completed()).as("a trial is complete").hasSize(1);
    upgrade();
    SweepState sweep = sweep("s");
    assertThat(sweep.plan()).isEqualTo(plan(NEXT));
    assertThat(sweep.done()).isZero();
    assertThat(sweep.completed()).isEmpty();
    assertThat(state.stages()).isEmpty();
    assertThat(sweep.ready()).containsExactly(0, 1); // evaluation of the base, discovery
    assertThat(Decisions.same(state, submit("t", plan(NEXT), false))).contains(sweep);
  }

  @Test
  void takesLeasesBackAndRefusesWhatComesOfThem() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    List<SweepEvent> events = upgrade();
    assertThat(only(SweepEvent.LeaseVoided.class, events))
        .singleElement()
        .satisfies(voided -> assertThat(voided.reason()).contains("code version " + NEXT));
    assertThat(state.lease(lease.id())).as("whoever beats under it gets Revoke").isEmpty();
    assertThat(report(lease, done(lease))).isEmpty();
  }

  @Test
  void happensOnce() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    assertThat(upgrade()).hasSize(1);
    assertThat(upgrade()).isEmpty();
  }

  @Test
  void leavesWhatHasEnded() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.cancel(state, sweep("s")));
    assertThat(upgrade()).isEmpty();
    assertThat(state.unreported()).hasSize(1);
  }

  @Test
  void aPausedSweepStaysPaused() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(Decisions.pause(state, sweep("s")));
    upgrade();
    assertThat(sweep("s").status()).isEqualTo(SweepStatus.PAUSED);
    assertThat(sweep("s").plan().codeVersion()).isEqualTo(NEXT);
  }

  @Test
  void aSweepThatIsBeingStoppedEnds() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    Lease lease = assign(ONE);
    report(lease, done(lease));
    assign(ONE);
    happen(Decisions.stop(state, sweep("s")));
    List<SweepEvent> events = upgrade();
    assertThat(only(SweepEvent.SweepStopped.class, events)).hasSize(1);
    assertThat(state.sweeps()).isEmpty();
    assertThat(state.unreported().get(new SweepId("s")).results()).hasSize(1);
  }

  @Test
  void aSweepOfANewerVersionIsLeftAlone() {
    happen(Decisions.submit(state, submit("s", plan(NEXT), false)));
    assertThat(Upgrade.to(CodeVersion.CURRENT, state)).isEmpty();
    assertThat(Assigned.to(state, ONE, BOTH)).as("a worker of this version").isEmpty();
  }

  @Test
  void sweepsThatSharedStagesShareThemStill() {
    happen(Decisions.submit(state, submit("s", plan, false)));
    happen(
        Decisions.submit(
            state, submit("t", plan("models = [a], ratios = [0.5], criteria = [l2]"), false)));
    assign(ONE);
    List<SweepEvent> events = upgrade();
    assertThat(only(SweepEvent.LeaseVoided.class, events)).hasSize(1);
    assertThat(only(SweepEvent.SweepReplanned.class, events)).hasSize(2);
    assertThat(sweep("s").plan().stages()).containsAll(sweep("t").plan().stages());
    assertThat(List.copyOf(state.sweeps().keySet()))
        .as("in order of submission")
        .containsExactly(new SweepId("s"), new SweepId("t"));
  }

  @Test
  void whatANewerSweepHasDoneAlreadyCounts() {
    happen(Decisions.submit(state, submit("new", plan(NEXT), false)));
    SweepState newer = sweep("new");
    happen(
        List.of(
            new SweepEvent.StageLeased(
                newer.id(),
                new Lease(1, newer.plan().stages().get(0).key(), 1, ONE),
                newer.plan().stages().get(0).kind())));
    Lease lease = state.leases().get(1L);
    report(lease, done(lease));
    happen(Decisions.submit(state, submit("old", plan, false)));
    upgrade();
    assertThat(sweep("old").done()).isEqualTo(1);
    assertThat(sweep("new").done()).isEqualTo(1);
  }

  @Test
  void givesTheSameStateWhereverItIsAppliedAgain() {
    Submit submit =
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
    happen(Decisions.submit(state, submit));
    CoordinatorState before = state;
    List<SweepEvent> events = upgrade();
    CoordinatorState again = before;
    for (SweepEvent event : events) {
      before.indexes().forget((SweepEvent.SweepReplanned) event);
      again = again.apply(event);
    }
    assertThat(again.sweeps().get(new SweepId("s")).submission())
        .isEqualTo(sweep("s").submission());
    assertThat(sweep("s").submission().key()).isEqualTo(new IdempotencyKey("k"));
    assertThat(Map.copyOf(again.stages())).isEqualTo(Map.copyOf(state.stages()));
  }
}
