package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;

/**
 * A sweep as a graph: its trials and the stages they share, inputs before what reads them.
 *
 * @param digest hash of all trials' and stages' keys; equal plans are the same work
 * @param recoverWhen which trials are recovered, where not all that have a recovery are
 * @param attempts how often a stage is tried
 * @param codeVersion that its keys stand for; plans from before they named it are of {@link
 *     CodeVersion#UNNAMED}
 */
public record SweepPlan(
    String name,
    String digest,
    List<Trial> trials,
    List<Stage> stages,
    Optional<RecoveryBound> recoverWhen,
    int attempts,
    CodeVersion codeVersion) {
  public SweepPlan {
    codeVersion = codeVersion == null ? CodeVersion.UNNAMED : codeVersion;
  }
}
