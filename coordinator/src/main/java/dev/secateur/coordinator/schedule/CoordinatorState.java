package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.pcollections.HashTreePMap;
import org.pcollections.OrderedPMap;
import org.pcollections.PMap;

/**
 * Everything the coordinator knows, as the journal tells it. Immutable; finished sweeps are
 * forgotten.
 *
 * @param sweeps unfinished ones, in order of submission
 * @param stages of the unfinished sweeps
 * @param leases held, by id
 * @param nextLease the id of the next lease; never used twice
 */
public record CoordinatorState(
    PMap<SweepId, SweepState> sweeps,
    PMap<StageKey, StageState> stages,
    PMap<Long, Lease> leases,
    long nextLease) {

  /** Before the first event. */
  public static CoordinatorState empty() {
    return new CoordinatorState(OrderedPMap.empty(), HashTreePMap.empty(), HashTreePMap.empty(), 1);
  }

  /** The state after an event. */
  public CoordinatorState apply(SweepEvent event) {
    if (event instanceof SweepEvent.SweepSubmitted submitted) {
      return submitted(submitted);
    } else if (event instanceof SweepEvent.StageLeased leased) {
      Lease lease = leased.lease();
      return new CoordinatorState(
          sweeps,
          stages.plus(lease.stage(), stages.get(lease.stage()).leased(lease)),
          leases.plus(lease.id(), lease),
          Math.max(nextLease, lease.id() + 1));
    } else if (event instanceof SweepEvent.StageCompleted completed) {
      StageState.Result result =
          new StageState.Result(
              completed.artifact(), completed.metrics(), completed.seconds(), completed.reused());
      return ended(completed.lease(), completed.artifact().key(), stage -> stage.done(result));
    } else if (event instanceof SweepEvent.StageRetried retried) {
      String worker = leases.get(retried.lease()).worker().name();
      return ended(retried.lease(), retried.stage(), stage -> stage.failedOnce(worker));
    } else if (event instanceof SweepEvent.StageFailed failed) {
      return ended(failed.lease(), failed.stage(), stage -> stage.failed(failed.message()));
    } else if (event instanceof SweepEvent.LeaseVoided voided) {
      return ended(voided.lease(), voided.stage(), StageState::released);
    } else if (event instanceof SweepEvent.TrialCompleted completed) {
      SweepState sweep = sweeps.get(completed.sweep());
      return withSweeps(
          sweeps.plus(sweep.id(), sweep.with(completed.trial(), completed.failure())));
    } else if (event instanceof SweepEvent.RecoverySkipped skipped) {
      SweepState sweep = sweeps.get(skipped.sweep());
      return withSweeps(sweeps.plus(sweep.id(), sweep.without(skipped.trial(), skipped.reason())));
    } else if (event instanceof SweepEvent.SweepCompleted completed) {
      return forget(completed.sweep());
    } else if (event instanceof SweepEvent.SweepCancelled cancelled) {
      return forget(cancelled.sweep());
    }
    throw new IllegalArgumentException("unknown event " + event.getClass().getName());
  }

  private CoordinatorState submitted(SweepEvent.SweepSubmitted event) {
    PMap<StageKey, StageState> all = stages;
    for (Stage stage : event.plan().stages()) {
      StageState known = all.get(stage.key());
      if (known == null || known.failure().isPresent()) {
        all = all.plus(stage.key(), StageState.waiting(stage, event.plan().attempts()));
      }
    }
    SweepState sweep = SweepState.begun(event.sweep(), event.plan(), event.runFolder());
    return new CoordinatorState(sweeps.plus(event.sweep(), sweep), all, leases, nextLease);
  }

  private CoordinatorState ended(long lease, StageKey key, UnaryOperator<StageState> change) {
    boolean needed = sweeps.values().stream().anyMatch(sweep -> sweep.needs(key));
    PMap<StageKey, StageState> changed =
        needed ? stages.plus(key, change.apply(stages.get(key))) : stages.minus(key);
    return new CoordinatorState(sweeps, changed, leases.minus(lease), nextLease);
  }

  private CoordinatorState withSweeps(PMap<SweepId, SweepState> changed) {
    return new CoordinatorState(changed, stages, leases, nextLease);
  }

  private CoordinatorState forget(SweepId id) {
    PMap<SweepId, SweepState> rest = sweeps.minus(id);
    Set<StageKey> needed = new HashSet<>();
    rest.values().forEach(sweep -> sweep.plan().stages().forEach(s -> needed.add(s.key())));
    PMap<StageKey, StageState> kept = stages;
    for (Stage stage : sweeps.get(id).plan().stages()) {
      StageState state = stages.get(stage.key());
      if (!needed.contains(stage.key()) && state.lease().isEmpty()) {
        kept = kept.minus(stage.key());
      }
    }
    return new CoordinatorState(rest, kept, leases, nextLease);
  }

  /** The lease of that id, if it is held. */
  public Optional<Lease> lease(long id) {
    return Optional.ofNullable(leases.get(id));
  }
}
