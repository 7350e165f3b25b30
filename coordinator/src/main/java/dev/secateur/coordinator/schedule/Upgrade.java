package dev.secateur.coordinator.schedule;

import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * The upgrade of unfinished sweeps that were planned for an older version of the code. The results
 * of their stages no longer count, and their leases are revoked. Sweeps that are being stopped end;
 * others start again under the keys of this version.
 *
 * <p>Sweeps of a newer version are left alone: this version may not understand their plans
 * completely.
 */
public final class Upgrade {
  private Upgrade() {}

  /**
   * Nothing, where every unfinished sweep is of this version already; so it may be asked at any
   * time.
   */
  public static List<SweepEvent> to(CodeVersion version, CoordinatorState state) {
    List<SweepState> old =
        state.sweeps().values().stream()
            .filter(sweep -> sweep.plan().codeVersion().isBefore(version))
            .toList();
    if (old.isEmpty()) {
      return List.of();
    }
    List<SweepEvent> events = new ArrayList<>();
    state.leases().values().stream()
        .filter(lease -> old.stream().anyMatch(sweep -> sweep.needs(lease.stage())))
        .map(lease -> Decisions.voided(state, lease, "the coordinator is of code version " + version))
        .forEach(events::add);
    for (SweepState sweep : old) {
      if (sweep.status() != SweepStatus.STOPPING) {
        SweepEvent.SweepReplanned replanned = Replanning.of(sweep.id(), sweep.plan(), version);
        state.indexes().prepare(sweep.plan(), replanned);
        events.add(replanned);
      }
    }
    return Consequences.of(state, events);
  }
}
