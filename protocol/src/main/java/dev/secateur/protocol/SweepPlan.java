package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sweep as a graph: its trials and the stages they share, inputs before the stages that read
 * them.
 *
 * @param digest hash of all trials' and stages' keys; equal digests mean the same work
 * @param recoverWhen which trials are recovered, if not all that have a recovery
 * @param attempts how often a stage is tried
 * @param timeouts how long an attempt at a stage of a kind may take; kinds that are not listed have
 *     no limit
 * @param codeVersion of its keys; plans that are too old to name it have {@link
 *     CodeVersion#UNNAMED}
 */
public record SweepPlan(
    String name,
    String digest,
    List<Trial> trials,
    List<Stage> stages,
    Optional<RecoveryBound> recoverWhen,
    int attempts,
    Map<StageKind, Duration> timeouts,
    CodeVersion codeVersion) {
  public SweepPlan {
    timeouts = timeouts == null ? Map.of() : Map.copyOf(timeouts);
    codeVersion = codeVersion == null ? CodeVersion.UNNAMED : codeVersion;
  }

  /** The same under another name. */
  public SweepPlan named(String other) {
    return new SweepPlan(
        other, digest, trials, stages, recoverWhen, attempts, timeouts, codeVersion);
  }

  /** The same stages with some of the trials. */
  public SweepPlan of(List<Trial> some) {
    return new SweepPlan(name, digest, some, stages, recoverWhen, attempts, timeouts, codeVersion);
  }
}
