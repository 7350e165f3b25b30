package dev.secateur.coordinator.track;

import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialResult;
import java.util.List;
import java.util.Set;

/**
 * The progress of a sweep. A newer one replaces an older one that was not sent yet.
 *
 * @param completed indexes of the trials that are complete
 * @param curves none before the end
 */
public record Snapshot(
    SweepResults results, Set<Integer> completed, boolean ended, LossCurves curves) {

  /** The name under which it is reported. */
  String status() {
    boolean whole = completed.size() == results.trials().size();
    return !ended ? "running" : whole ? "completed" : "ended-early";
  }

  List<TrialResult> complete() {
    return results.trials().stream().filter(trial -> completed.contains(trial.trial())).toList();
  }
}
