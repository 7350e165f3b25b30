package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkerId;
import java.util.Map;
import org.pcollections.PMap;
import org.pcollections.PSet;

/** A {@link CoordinatorState} in the making. */
final class StateDraft {
  PMap<SweepId, SweepState> sweeps;
  PMap<SweepId, FinishedSweep> finished;
  PMap<SweepId, EndedSweep> unreported;
  PMap<StageKey, StageState> stages;
  PMap<Long, Lease> leases;
  PMap<Long, SweepId> owners;
  PMap<String, Lease> expired;
  PSet<WorkerId> draining;
  PMap<Map<String, String>, Map<String, String>> machines;
  long nextLease;
  private final PlanIndexes indexes;

  StateDraft(CoordinatorState from) {
    sweeps = from.sweeps();
    finished = from.finished();
    unreported = from.unreported();
    stages = from.stages();
    leases = from.leases();
    owners = from.owners();
    expired = from.expired();
    draining = from.draining();
    machines = from.machines();
    nextLease = from.nextLease();
    indexes = from.indexes();
  }

  CoordinatorState state() {
    return new CoordinatorState(
        sweeps,
        finished,
        unreported,
        stages,
        leases,
        owners,
        expired,
        draining,
        machines,
        nextLease,
        indexes);
  }
}
