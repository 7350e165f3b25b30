package dev.secateur.coordinator.events;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Which sweep and trials a stage belongs to, until the sweep has ended. */
final class StageOwners {
  private final Map<SweepId, Map<StageKey, List<Integer>>> sweeps = new HashMap<>();
  private final Set<SweepId> ended = new HashSet<>();
  private final Function<SweepId, Optional<SweepPlan>> plans;
  private final Map<Long, Leased> leases = new HashMap<>();
  private final Map<Long, Leased> expired = new HashMap<>();
  private long firstLease = Long.MAX_VALUE;

  /** A lease, and for which sweep it was given. */
  record Leased(SweepId sweep, Lease lease, StageKind kind) {}

  /**
   * @param plans what sweeps had planned before
   */
  StageOwners(Function<SweepId, Optional<SweepPlan>> plans) {
    this.plans = plans;
  }

  private static Map<StageKey, List<Integer>> trialsOfStages(List<Trial> plan) {
    Map<StageKey, List<Integer>> needed = new HashMap<>();
    for (Trial trial : plan) {
      for (StageKey key : trial.stages()) {
        needed.computeIfAbsent(key, k -> new ArrayList<>()).add(trial.index());
      }
    }
    return needed;
  }

  void submitted(SweepEvent.SweepSubmitted event) {
    ended.remove(event.sweep());
    sweeps.put(event.sweep(), trialsOfStages(event.plan().trials()));
  }

  void extended(SweepEvent.SweepExtended event) {
    sweeps.put(event.sweep(), trialsOfStages(event.plan().trials()));
  }

  void replanned(SweepEvent.SweepReplanned event) {
    planned(event.sweep()).ifPresent(old -> sweeps.put(event.sweep(), under(event, old)));
  }

  private static Map<StageKey, List<Integer>> under(
      SweepEvent.SweepReplanned event, Map<StageKey, List<Integer>> old) {
    Map<StageKey, List<Integer>> needed = new HashMap<>();
    event.keys().forEach((before, key) -> needed.put(key, old.getOrDefault(before, List.of())));
    return needed;
  }

  void leased(SweepEvent.StageLeased event) {
    firstLease = Math.min(firstLease, event.lease().id());
    leases.put(event.lease().id(), new Leased(event.sweep(), event.lease(), event.kind()));
  }

  /** The lease is not held any more, but its worker may still come back. */
  void expired(long lease) {
    Optional.ofNullable(leases.get(lease)).ifPresent(leased -> expired.put(lease, leased));
  }

  /** The lease is not spoken of again, unless it has expired. */
  void ended(long lease) {
    leases.remove(lease);
  }

  /** The sweep is not spoken of again. */
  void ended(SweepId sweep) {
    sweeps.remove(sweep);
    ended.add(sweep);
    expired.values().removeIf(leased -> leased.sweep().equals(sweep));
  }

  Optional<Leased> lease(long id) {
    return Optional.ofNullable(leases.getOrDefault(id, expired.get(id)));
  }

  /** Whether a lease was given before the first event that was heard of; their ids only rise. */
  boolean lacks(long lease) {
    return lease < firstLease && lease(lease).isEmpty();
  }

  List<Integer> trials(SweepId sweep, StageKey stage) {
    return planned(sweep).orElse(Map.of()).getOrDefault(stage, List.of());
  }

  private Optional<Map<StageKey, List<Integer>>> planned(SweepId sweep) {
    if (!sweeps.containsKey(sweep) && !ended.contains(sweep)) {
      plans.apply(sweep).ifPresent(plan -> sweeps.put(sweep, trialsOfStages(plan.trials())));
    }
    return Optional.ofNullable(sweeps.get(sweep));
  }
}
