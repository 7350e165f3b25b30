package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the coordinator journals. Names and fields are frozen; golden files hold them. */
public sealed interface SweepEvent extends CborSerializable {

  /**
   * @param runFolder where the results are written
   * @param priority its share of the workers
   * @param key by which a client that lost the answer submits the same again
   */
  record SweepSubmitted(
      SweepId sweep,
      SweepPlan plan,
      String runFolder,
      int priority,
      Optional<String> key,
      Instant at)
      implements SweepEvent {}

  /**
   * The coordinator's code is of a newer version than the sweep was planned for: its stages are
   * computed again, under other keys. What had come of it counts no more.
   *
   * @param digest of the plan under its new keys
   * @param keys the new keys of all of its stages, by their old ones
   */
  record SweepReplanned(
      SweepId sweep, CodeVersion from, CodeVersion to, String digest, Map<StageKey, StageKey> keys)
      implements SweepEvent {}

  record SweepPaused(SweepId sweep) implements SweepEvent {}

  record SweepResumed(SweepId sweep) implements SweepEvent {}

  /** Nothing new of it is begun. */
  record SweepStopping(SweepId sweep) implements SweepEvent {}

  /** What ran when it was stopped is done. */
  record SweepStopped(SweepId sweep) implements SweepEvent {}

  /** The worker gets no more tasks. */
  record WorkerDraining(WorkerId worker) implements SweepEvent {}

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

  /** A worker gave its task back, or nobody wants it any more; the attempt does not count. */
  record LeaseVoided(long lease, StageKey stage, StageKind kind, String reason)
      implements SweepEvent {}

  /**
   * Nothing was heard of a lease; the attempt does not count unless {@link WorkerCrashed} follows.
   *
   * @param seconds how long it may live without a heartbeat
   */
  record LeaseExpired(long lease, StageKey stage, StageKind kind, long seconds)
      implements SweepEvent {}

  /**
   * A worker whose lease had expired was started anew, and its process had ended by itself while it
   * was at the stage: the attempt counts after all.
   *
   * @param lastWords what the process said
   */
  record WorkerCrashed(
      long lease, StageKey stage, StageKind kind, WorkerId worker, String lastWords)
      implements SweepEvent {}

  /**
   * A task found an input of its stage missing or corrupted: the input is computed again, and then
   * the stage.
   */
  record ArtifactLost(long lease, StageKey stage, StageKind kind, StageKey input)
      implements SweepEvent {}

  /** Trials that had failed get new attempts. */
  record TrialsRetried(SweepId sweep, List<Integer> trials) implements SweepEvent {}

  /** A trial is not recovered, since its pruned model is not worth it. */
  record RecoverySkipped(SweepId sweep, int trial, String reason) implements SweepEvent {}

  /**
   * @param failure what failed, or nothing where the trial succeeded
   */
  record TrialCompleted(SweepId sweep, int trial, Optional<String> failure) implements SweepEvent {}

  record SweepCompleted(SweepId sweep, int trials, int failed) implements SweepEvent {}

  /** Nobody wants the sweep any more; what it has computed stays. */
  record SweepCancelled(SweepId sweep, String reason) implements SweepEvent {}

  /** The results of a sweep that has ended stand in its run folder. */
  record ResultsWritten(SweepId sweep) implements SweepEvent {}
}
