package dev.secateur.protocol;

import java.time.Instant;

/**
 * A sweep in a few numbers.
 *
 * @param at when it was submitted
 * @param runFolder where its results are, on the coordinator's machine
 */
public record SweepSummary(
    SweepId sweep,
    String name,
    SweepStatus status,
    int priority,
    Instant at,
    int trials,
    int trialsCompleted,
    int trialsFailed,
    int stages,
    int stagesDone,
    int stagesRunning,
    String runFolder) {
  /** The same, at another status. */
  public SweepSummary with(SweepStatus other) {
    return new SweepSummary(
        sweep,
        name,
        other,
        priority,
        at,
        trials,
        trialsCompleted,
        trialsFailed,
        stages,
        stagesDone,
        stagesRunning,
        runFolder);
  }
}
