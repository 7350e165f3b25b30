package dev.secateur.protocol;

/**
 * One attempt of a stage.
 *
 * @param sweep the sweep that asked for it first
 * @param codeVersion of its key; tasks that are too old to name it have {@link CodeVersion#UNNAMED}
 */
public record Task(Lease lease, SweepId sweep, Stage stage, CodeVersion codeVersion) {
  public Task {
    codeVersion = codeVersion == null ? CodeVersion.UNNAMED : codeVersion;
  }

  /** Whether what computes there computes what the task requires. */
  public boolean isFor(Capabilities worker) {
    return worker.codeVersion().equals(codeVersion);
  }
}
