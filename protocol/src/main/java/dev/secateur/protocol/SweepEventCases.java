package dev.secateur.protocol;

/**
 * A function of events, case by case. A new event is a new case here, and code that must handle all
 * events does not compile without it.
 */
public interface SweepEventCases<R> {
  R sweepSubmitted(SweepEvent.SweepSubmitted event);

  R sweepReplanned(SweepEvent.SweepReplanned event);

  R sweepExtended(SweepEvent.SweepExtended event);

  R sweepReprioritized(SweepEvent.SweepReprioritized event);

  R sweepPaused(SweepEvent.SweepPaused event);

  R sweepResumed(SweepEvent.SweepResumed event);

  R sweepStopping(SweepEvent.SweepStopping event);

  R sweepStopped(SweepEvent.SweepStopped event);

  R workerDraining(SweepEvent.WorkerDraining event);

  R workerUndrained(SweepEvent.WorkerUndrained event);

  R stageLeased(SweepEvent.StageLeased event);

  R stageCompleted(SweepEvent.StageCompleted event);

  R stageRetried(SweepEvent.StageRetried event);

  R stageFailed(SweepEvent.StageFailed event);

  R leaseVoided(SweepEvent.LeaseVoided event);

  R leaseExpired(SweepEvent.LeaseExpired event);

  R workerCrashed(SweepEvent.WorkerCrashed event);

  R artifactLost(SweepEvent.ArtifactLost event);

  R trialsRetried(SweepEvent.TrialsRetried event);

  R recoverySkipped(SweepEvent.RecoverySkipped event);

  R trialCompleted(SweepEvent.TrialCompleted event);

  R sweepCompleted(SweepEvent.SweepCompleted event);

  R sweepCancelled(SweepEvent.SweepCancelled event);

  R resultsWritten(SweepEvent.ResultsWritten event);

  R sweepDeleted(SweepEvent.SweepDeleted event);

  /**
   * A function that means only some of the events, and says what it makes of all others, new ones
   * too. Code that must not miss an event implements {@link SweepEventCases} itself.
   */
  interface Some<R> extends SweepEventCases<R> {

    /** Of what is left out. */
    R otherwise(SweepEvent event);

    /** Of the outcome of a stage, unless its own case says otherwise. */
    default R ofStage(SweepEvent.OfStage event) {
      return otherwise(event);
    }

    @Override
    default R sweepSubmitted(SweepEvent.SweepSubmitted event) {
      return otherwise(event);
    }

    @Override
    default R sweepReplanned(SweepEvent.SweepReplanned event) {
      return otherwise(event);
    }

    @Override
    default R sweepExtended(SweepEvent.SweepExtended event) {
      return otherwise(event);
    }

    @Override
    default R sweepReprioritized(SweepEvent.SweepReprioritized event) {
      return otherwise(event);
    }

    @Override
    default R sweepPaused(SweepEvent.SweepPaused event) {
      return otherwise(event);
    }

    @Override
    default R sweepResumed(SweepEvent.SweepResumed event) {
      return otherwise(event);
    }

    @Override
    default R sweepStopping(SweepEvent.SweepStopping event) {
      return otherwise(event);
    }

    @Override
    default R sweepStopped(SweepEvent.SweepStopped event) {
      return otherwise(event);
    }

    @Override
    default R workerDraining(SweepEvent.WorkerDraining event) {
      return otherwise(event);
    }

    @Override
    default R workerUndrained(SweepEvent.WorkerUndrained event) {
      return otherwise(event);
    }

    @Override
    default R stageLeased(SweepEvent.StageLeased event) {
      return otherwise(event);
    }

    @Override
    default R stageCompleted(SweepEvent.StageCompleted event) {
      return ofStage(event);
    }

    @Override
    default R stageRetried(SweepEvent.StageRetried event) {
      return ofStage(event);
    }

    @Override
    default R stageFailed(SweepEvent.StageFailed event) {
      return ofStage(event);
    }

    @Override
    default R leaseVoided(SweepEvent.LeaseVoided event) {
      return ofStage(event);
    }

    @Override
    default R leaseExpired(SweepEvent.LeaseExpired event) {
      return ofStage(event);
    }

    @Override
    default R workerCrashed(SweepEvent.WorkerCrashed event) {
      return ofStage(event);
    }

    @Override
    default R artifactLost(SweepEvent.ArtifactLost event) {
      return ofStage(event);
    }

    @Override
    default R trialsRetried(SweepEvent.TrialsRetried event) {
      return otherwise(event);
    }

    @Override
    default R recoverySkipped(SweepEvent.RecoverySkipped event) {
      return otherwise(event);
    }

    @Override
    default R trialCompleted(SweepEvent.TrialCompleted event) {
      return otherwise(event);
    }

    @Override
    default R sweepCompleted(SweepEvent.SweepCompleted event) {
      return otherwise(event);
    }

    @Override
    default R sweepCancelled(SweepEvent.SweepCancelled event) {
      return otherwise(event);
    }

    @Override
    default R resultsWritten(SweepEvent.ResultsWritten event) {
      return otherwise(event);
    }

    @Override
    default R sweepDeleted(SweepEvent.SweepDeleted event) {
      return otherwise(event);
    }
  }
}
