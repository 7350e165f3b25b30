package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.CodeVersion;
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
    return new Capabilities(
        "cpu", memory, Set.of(Precision.values()), Map.of(), Set.of(models), CodeVersion.CURRENT);
  }

  private static Assignments.Candidate candidate(WorkerId worker) {
    return new Assignments.Candidate(worker, holding(1L << 30));
  }

  static Optional<SweepEvent.StageLeased> to(
      CoordinatorState state, WorkerId worker, Collection<String> workers) {
    List<Assignments.Candidate> all =
        workers.stream().map(name -> candidate(new WorkerId(name, "1"))).toList();
    return Assignments.of(state, List.of(candidate(worker)), all).stream().findFirst();
  }
}
