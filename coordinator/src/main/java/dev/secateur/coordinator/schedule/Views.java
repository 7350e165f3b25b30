package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.SweepSummary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What clients see of the state. */
public final class Views {
  private Views() {}

  /**
   * All sweeps: unfinished ones in order of submission, then those that ended, the last first. To
   * clients a sweep runs until its results are written.
   */
  public static List<SweepSummary> sweeps(CoordinatorState state) {
    List<SweepSummary> all = new ArrayList<>();
    state
        .sweeps()
        .values()
        .forEach(
            sweep ->
                all.add(FinishedSweep.summary(sweep, sweep.status(), state.running(sweep.id()))));
    List<SweepSummary> ended =
        new ArrayList<>(
            state.finished().values().stream()
                .map(FinishedSweep::summary)
                .map(
                    end ->
                        state.unreported().containsKey(end.sweep())
                            ? end.with(SweepStatus.RUNNING)
                            : end)
                .toList());
    Collections.reverse(ended);
    all.addAll(ended);
    return List.copyOf(all);
  }
}
