package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.SweepSummary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What clients see of the state. */
public final class Views {
  private Views() {}

  /** All sweeps: unfinished ones in order of submission, then those that ended, the last first. */
  public static List<SweepSummary> sweeps(CoordinatorState state) {
    List<SweepSummary> all = new ArrayList<>();
    state
        .sweeps()
        .values()
        .forEach(
            sweep ->
                all.add(FinishedSweep.summary(sweep, sweep.status(), state.running(sweep.id()))));
    List<SweepSummary> ended =
        new ArrayList<>(state.finished().values().stream().map(FinishedSweep::summary).toList());
    Collections.reverse(ended);
    all.addAll(ended);
    return List.copyOf(all);
  }
}
