package dev.secateur.coordinator.track;

import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import java.util.List;
import java.util.Set;

/**
 * How a sweep stands. A newer one takes the place of an older one that nobody was told yet.
 *
 * @param completed indexes of the trials that are complete
 * @param curves none before the end
 */
public record Snapshot(
    SweepResults results, Set<Integer> completed, boolean ended, LossCurves curves) {

  /** What it is told as. */
  String status() {
    boolean whole = completed.size() == results.trials().size();
    return !ended ? "running" : whole ? "completed" : "ended-early";
  }

  List<TrialResult> complete() {
    return results.trials().stream().filter(trial -> completed.contains(trial.trial())).toList();
  }
}
