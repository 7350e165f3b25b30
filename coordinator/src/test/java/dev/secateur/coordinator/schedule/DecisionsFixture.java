package dev.secateur.coordinator.schedule;

import dev.secateur.coordinator.FakeSources;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.protocol.ArtifactRef;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Origin;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Outcome.FailureKind;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkerId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A state that decisions are made over, and what happens to it. */
abstract class DecisionsFixture {
  static final WorkerId ONE = new WorkerId("one", "1");
  static final WorkerId TWO = new WorkerId("two", "1");
  static final Set<String> BOTH = Set.of("one", "two");
  static final Outcome BROKEN = new Outcome.Failed(FailureKind.INTERNAL, "disk full");

  final SweepPlan plan = plan("models = [a], ratios = [0.25, 0.5], criteria = [l2]");
  CoordinatorState state = CoordinatorState.empty();

  static SweepPlan plan(String text) {
    FakeSources sources = new FakeSources("/");
    return SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources);
  }

  static Submit submit(String id, SweepPlan plan, boolean alone) {
    return new Submit(
        new SweepId(id),
        plan,
        "/runs/" + id,
        alone,
        10,
        IdempotencyKey.NONE,
        Instant.EPOCH,
        Origin.UNKNOWN,
        null);
  }

  List<SweepEvent> happen(List<? extends SweepEvent> events) {
    events.forEach(event -> state = state.apply(event));
    return List.copyOf(events);
  }

  Lease assign(WorkerId worker) {
    SweepEvent.StageLeased leased = Assigned.to(state, worker, BOTH).orElseThrow();
    happen(List.of(leased));
    return leased.lease();
  }

  List<SweepEvent> report(Lease lease, Outcome outcome) {
    return happen(Decisions.report(state, lease.worker(), lease.id(), outcome));
  }

  static Outcome done(Lease lease) {
    return new Outcome.Succeeded(
        new ArtifactRef(lease.stage(), StageKind.PRUNING, "sha", 1), Map.of(), 1, false, Map.of());
  }

  StageKind kind(Lease lease) {
    return state.stages().get(lease.stage()).stage().kind();
  }

  SweepState sweep(String id) {
    return state.sweeps().get(new SweepId(id));
  }

  SweepId owner(Lease lease) {
    return state.owners().get(lease.id());
  }

  /** A sweep of six prunings that wait for nothing; other sweeps rest while it gets so far. */
  void submitWide(String id, String model, int priority) {
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
                IdempotencyKey.NONE,
                Instant.EPOCH,
                Origin.UNKNOWN,
                null)));
    for (int i = 0; i < 3; i++) { // baseline, discovery, estimation
      Lease lease = assign(new WorkerId("w" + id + i, "1"));
      report(lease, done(lease));
    }
    others.forEach(other -> happen(Decisions.resume(state, sweep(other.id().value()))));
  }
}
