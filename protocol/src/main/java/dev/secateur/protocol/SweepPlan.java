package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A sweep as a graph: its trials and the stages they share, inputs before the stages that read
 * them.
 *
 * @param digest hash of all trials' and stages' keys; equal digests mean the same work
 * @param recoverWhen which of the trials that have a recovery are recovered; written as null if all
 *     are
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
    RecoveryBound recoverWhen,
    int attempts,
    Map<StageKind, Duration> timeouts,
    CodeVersion codeVersion) {
  public SweepPlan {
    recoverWhen = recoverWhen == null ? RecoveryBound.ALL : recoverWhen;
    timeouts = timeouts == null ? Map.of() : Map.copyOf(timeouts);
    codeVersion = codeVersion == null ? CodeVersion.UNNAMED : codeVersion;
  }

  @JsonProperty("recoverWhen")
  RecoveryBound writtenRecoverWhen() {
    return recoverWhen.limits() ? recoverWhen : null;
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
