package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.secateur.protocol.StageSpec.StageKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The events that the coordinator journals. Names and fields are frozen; golden files check them.
 */
public sealed interface SweepEvent extends CborSerializable {

  /** Of all cases the one of this event. */
  <R> R as(SweepEventCases<R> cases);

  /** What says which sweep it is of. */
  sealed interface OfSweep extends SweepEvent {
    SweepId sweep();
  }

  /** The outcome of one trial of a sweep. */
  sealed interface OfTrial extends OfSweep {
    /** Its index. */
    int trial();
  }

  /** The outcome of a stage under a lease; {@link StageLeased} said for which sweep it was. */
  sealed interface OfStage extends SweepEvent {
    long lease();

    StageKey stage();

    StageKind kind();
  }

  /**
   * @param runFolder where the results are written
   * @param priority its share of the workers
   * @param origin {@link Origin#UNKNOWN} where the event is of a time before there was one
   */
  record SweepSubmitted(
      SweepId sweep,
      SweepPlan plan,
      String runFolder,
      int priority,
      IdempotencyKey key,
      Instant at,
      Origin origin)
      implements OfSweep {
    public SweepSubmitted {
      key = key == null ? IdempotencyKey.NONE : key;
      origin = origin == null ? Origin.UNKNOWN : origin;
    }

    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepSubmitted(this);
    }
  }

  /**
   * The coordinator's code is of a newer version than the sweep was planned for: its stages are
   * computed again, under other keys. What had come of it counts no more.
   *
   * @param digest of the plan under its new keys
   * @param keys the new keys of all of its stages, by their old ones
   */
  record SweepReplanned(
      SweepId sweep, CodeVersion from, CodeVersion to, String digest, Map<StageKey, StageKey> keys)
      implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepReplanned(this);
    }
  }

  /**
   * The sweep's grid has grown: its stages are all there still, and there are others. What had come
   * of them stays, but for what had failed, which is retried.
   *
   * @param plan in place of the one before
   * @param origin of the configuration in place of the one before
   */
  record SweepExtended(SweepId sweep, SweepPlan plan, Origin origin, Instant at)
      implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepExtended(this);
    }
  }

  /**
   * @param priority its share of the workers from now on
   */
  record SweepReprioritized(SweepId sweep, int priority) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepReprioritized(this);
    }
  }

  record SweepPaused(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepPaused(this);
    }
  }

  record SweepResumed(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepResumed(this);
    }
  }

  /** Nothing new of it is begun. */
  record SweepStopping(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepStopping(this);
    }
  }

  /** What ran when it was stopped is done. */
  record SweepStopped(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepStopped(this);
    }
  }

  /** The worker gets no more tasks. */
  record WorkerDraining(WorkerId worker) implements SweepEvent {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.workerDraining(this);
    }
  }

  /** The worker gets tasks again. */
  record WorkerUndrained(WorkerId worker) implements SweepEvent {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.workerUndrained(this);
    }
  }

  record StageLeased(SweepId sweep, Lease lease, StageKind kind) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.stageLeased(this);
    }
  }

  /**
   * @param worker who reported it
   * @param machine what computed the artifact, as {@link Outcome.Succeeded} tells it; empty where
   *     the event is of a time before that was told
   */
  record StageCompleted(
      long lease,
      WorkerId worker,
      ArtifactRef artifact,
      Map<String, Double> metrics,
      double seconds,
      boolean reused,
      Map<String, String> machine)
      implements OfStage {
    public StageCompleted {
      machine = machine == null ? Map.of() : machine;
    }

    @Override
    public StageKey stage() {
      return artifact.key();
    }

    @Override
    public StageKind kind() {
      return artifact.kind();
    }

    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.stageCompleted(this);
    }
  }

  /** An attempt failed and another follows. */
  record StageRetried(
      long lease, StageKey stage, StageKind kind, Outcome.FailureKind failure, String message)
      implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.stageRetried(this);
    }
  }

  /** The last attempt failed. */
  record StageFailed(
      long lease, StageKey stage, StageKind kind, Outcome.FailureKind failure, String message)
      implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.stageFailed(this);
    }
  }

  /** A worker gave its task back, or nobody needs it any more; the attempt does not count. */
  record LeaseVoided(long lease, StageKey stage, StageKind kind, String reason) implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.leaseVoided(this);
    }
  }

  /**
   * Nothing was heard of a lease; the attempt does not count unless {@link WorkerCrashed} follows.
   *
   * @param seconds how long it may live without a heartbeat
   */
  record LeaseExpired(long lease, StageKey stage, StageKind kind, long seconds) implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.leaseExpired(this);
    }
  }

  /**
   * A worker whose lease had expired was restarted, and its process had ended by itself while it
   * was at the stage: the attempt counts after all.
   *
   * @param lastWords what the process said
   */
  record WorkerCrashed(
      long lease, StageKey stage, StageKind kind, WorkerId worker, String lastWords)
      implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.workerCrashed(this);
    }
  }

  /**
   * A task found an input of its stage missing or corrupted: the input is computed again, and then
   * the stage.
   */
  record ArtifactLost(long lease, StageKey stage, StageKind kind, StageKey input)
      implements OfStage {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.artifactLost(this);
    }
  }

  /** Trials that had failed get new attempts. */
  record TrialsRetried(SweepId sweep, List<Integer> trials) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.trialsRetried(this);
    }
  }

  /** A trial is not recovered, since its pruned model is not worth it. */
  record RecoverySkipped(SweepId sweep, int trial, String reason) implements OfTrial {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.recoverySkipped(this);
    }
  }

  record TrialCompleted(SweepId sweep, int trial, @JsonProperty("failure") TrialOutcome outcome)
      implements OfTrial {
    public TrialCompleted {
      outcome = outcome == null ? new TrialOutcome.Succeeded() : outcome;
    }

    /** What failed, if something did. */
    public Optional<String> failure() {
      return outcome.failure();
    }

    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.trialCompleted(this);
    }
  }

  record SweepCompleted(SweepId sweep, int trials, int failed) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepCompleted(this);
    }
  }

  /** The sweep is no longer needed; what it has computed stays. */
  record SweepCancelled(SweepId sweep, String reason) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepCancelled(this);
    }
  }

  /** The results of a sweep that has ended stand in its run folder. */
  record ResultsWritten(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.resultsWritten(this);
    }
  }

  /** Nothing is to be known any more of a sweep that has ended. */
  record SweepDeleted(SweepId sweep) implements OfSweep {
    @Override
    public <R> R as(SweepEventCases<R> cases) {
      return cases.sweepDeleted(this);
    }
  }
}
