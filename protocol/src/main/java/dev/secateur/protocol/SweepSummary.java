package dev.secateur.protocol;

import java.time.Instant;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A sweep in a few numbers.
 *
 * @param at when it was submitted
 * @param runFolder where its results are, on the coordinator's machine
 * @param owner as of {@link Origin}; it, labels and notes are empty if the coordinator has an older
 *     version
 * @param labels as of {@link Origin}
 * @param notes as of {@link Origin}
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
    String runFolder,
    String owner,
    SortedMap<String, String> labels,
    String notes) {
  public SweepSummary {
    owner = owner == null ? "" : owner;
    labels = labels == null ? new TreeMap<>() : labels;
    notes = notes == null ? "" : notes;
  }

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
        runFolder,
        owner,
        labels,
        notes);
  }
}
