package dev.secateur.coordinator.disk;

/** What a coordinator removes after a time: ended sweeps, and what no sweep needs. */
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
