package dev.secateur.coordinator.disk;

/** What can be removed once no sweep needs it. */
public enum Disposable {
  /** Sweeps, after their end. */
  SWEEPS,
  /** Artifacts, after their last use. */
  ARTIFACTS,
  /** Logs of nodes that do not run, after their last line. */
  LOGS,
  /** Half-written artifacts and states of trainings, an hour after they were touched at least. */
  LEFTOVERS
}
