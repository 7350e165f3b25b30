package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.WorkerId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Assignments to one worker that holds nothing. */
final class Assigned {
  private Assigned() {}

  static Capabilities holding(long memory, String... models) {
    return new Capabilities("cpu", memory, Set.of(Precision.values()), Map.of(), Set.of(models));
  }

  static Optional<SweepEvent.StageLeased> to(
      CoordinatorState state, WorkerId worker, Collection<String> workers) {
    return Assignments.of(state, List.of(new Assignments.Idle(worker, holding(1L << 30))), workers)
        .stream()
        .findFirst();
  }
}
