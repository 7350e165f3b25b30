package dev.secateur.protocol;

/** The status of a sweep. */
public enum SweepStatus implements Labelled {
  RUNNING,
  PAUSED,
  /** Its last tasks run. */
  STOPPING,
  COMPLETED,
  STOPPED,
  CANCELLED;

  /** Whether nothing more comes of it. */
  public boolean isFinished() {
    return this == COMPLETED || this == STOPPED || this == CANCELLED;
  }
}
