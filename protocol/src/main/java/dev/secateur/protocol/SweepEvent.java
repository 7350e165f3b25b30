package dev.secateur.protocol;

import java.util.Map;
import java.util.Optional;

/** What the coordinator journals. Names and fields are frozen; golden files hold them. */
public sealed interface SweepEvent extends CborSerializable {

  /**
   * @param runFolder where the results are written
   */
  record SweepSubmitted(SweepId sweep, SweepPlan plan, String runFolder) implements SweepEvent {}

  record StageLeased(SweepId sweep, Lease lease, StageKind kind) implements SweepEvent {}

  record StageCompleted(
      long lease,
      WorkerId worker,
      ArtifactRef artifact,
      Map<String, Double> metrics,
      double seconds,
      boolean reused)
      implements SweepEvent {}

  /** An attempt failed and another follows. */
  record StageRetried(
      long lease, StageKey stage, StageKind kind, Outcome.FailureKind failure, String message)
      implements SweepEvent {}

  /** The last attempt failed. */
  record StageFailed(
      long lease, StageKey stage, StageKind kind, Outcome.FailureKind failure, String message)
      implements SweepEvent {}

  /** A worker gave its task back or its lease ran out; the attempt does not count. */
  record LeaseVoided(long lease, StageKey stage, StageKind kind, String reason)
      implements SweepEvent {}

  /** A trial is not recovered, since its pruned model is not worth it. */
  record RecoverySkipped(SweepId sweep, int trial, String reason) implements SweepEvent {}

  /**
   * @param failure what failed, or nothing where the trial succeeded
   */
  record TrialCompleted(SweepId sweep, int trial, Optional<String> failure) implements SweepEvent {}

  record SweepCompleted(SweepId sweep, int trials, int failed) implements SweepEvent {}

  /** Nobody wants the sweep any more; what it has computed stays. */
  record SweepCancelled(SweepId sweep, String reason) implements SweepEvent {}
}
