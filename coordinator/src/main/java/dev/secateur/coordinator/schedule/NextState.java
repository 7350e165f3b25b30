package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepStatus;
import java.util.Map;

/**
 * The state after each event.
 *
 * @param state before it
 */
record NextState(CoordinatorState state) implements SweepEventCases<CoordinatorState> {
  @Override
  public CoordinatorState sweepSubmitted(SweepEvent.SweepSubmitted event) {
    return state.submitted(event);
  }

  @Override
  public CoordinatorState sweepReplanned(SweepEvent.SweepReplanned event) {
    return state.replanned(event);
  }

  @Override
  public CoordinatorState sweepExtended(SweepEvent.SweepExtended event) {
    return state.extended(event);
  }

  @Override
  public CoordinatorState sweepReprioritized(SweepEvent.SweepReprioritized event) {
    return state.with(event.sweep(), sweep -> sweep.withPriority(event.priority()));
  }

  @Override
  public CoordinatorState sweepDeleted(SweepEvent.SweepDeleted event) {
    return state.but(
        draft -> {
          draft.finished = state.finished().minus(event.sweep());
          draft.unreported = state.unreported().minus(event.sweep());
        });
  }

  @Override
  public CoordinatorState workerUndrained(SweepEvent.WorkerUndrained event) {
    return state.but(draft -> draft.draining = state.draining().minus(event.worker()));
  }

  @Override
  public CoordinatorState sweepPaused(SweepEvent.SweepPaused event) {
    return state.with(event.sweep(), sweep -> sweep.with(SweepStatus.PAUSED));
  }

  @Override
  public CoordinatorState sweepResumed(SweepEvent.SweepResumed event) {
    return state.with(event.sweep(), sweep -> sweep.with(SweepStatus.RUNNING));
  }

  @Override
  public CoordinatorState sweepStopping(SweepEvent.SweepStopping event) {
    return state.with(event.sweep(), sweep -> sweep.with(SweepStatus.STOPPING));
  }

  @Override
  public CoordinatorState sweepStopped(SweepEvent.SweepStopped event) {
    return state.finish(event.sweep(), SweepStatus.STOPPED);
  }

  @Override
  public CoordinatorState workerDraining(SweepEvent.WorkerDraining event) {
    return state.but(draft -> draft.draining = state.draining().plus(event.worker()));
  }

  @Override
  public CoordinatorState stageLeased(SweepEvent.StageLeased event) {
    return state.leased(event);
  }

  @Override
  public CoordinatorState stageCompleted(SweepEvent.StageCompleted event) {
    StageKey key = event.stage();
    Map<String, String> machine = state.machines().getOrDefault(event.machine(), event.machine());
    StageState.Result result = StageState.Result.of(event, machine);
    return state
        .ended(event.lease(), key, stage -> stage.done(result))
        .but(draft -> draft.machines = draft.machines.plus(machine, machine))
        .readersReady(key);
  }

  @Override
  public CoordinatorState stageRetried(SweepEvent.StageRetried event) {
    String worker = state.worker(event.lease());
    return state
        .ended(event.lease(), event.stage(), stage -> stage.failedOnce(worker))
        .readyAgain(event.stage());
  }

  @Override
  public CoordinatorState stageFailed(SweepEvent.StageFailed event) {
    return state.ended(event.lease(), event.stage(), stage -> stage.failed(event.message()));
  }

  @Override
  public CoordinatorState leaseVoided(SweepEvent.LeaseVoided event) {
    return released(event);
  }

  @Override
  public CoordinatorState leaseExpired(SweepEvent.LeaseExpired event) {
    long lease = event.lease();
    return released(event)
        .but(
            draft ->
                draft.expired =
                    state.expired().plus(state.worker(lease), state.leases().get(lease)));
  }

  private CoordinatorState released(SweepEvent.OfStage event) {
    return state
        .ended(event.lease(), event.stage(), StageState::released)
        .readyAgain(event.stage());
  }

  @Override
  public CoordinatorState workerCrashed(SweepEvent.WorkerCrashed event) {
    String worker = event.worker().name();
    return state
        .withStage(state.stageOf(event.stage()).crashed(worker, event.lastWords()))
        .but(draft -> draft.expired = state.expired().minus(worker));
  }

  @Override
  public CoordinatorState artifactLost(SweepEvent.ArtifactLost event) {
    return state
        .ended(event.lease(), event.stage(), StageState::oneAttemptLess)
        .lost(event.input());
  }

  @Override
  public CoordinatorState trialsRetried(SweepEvent.TrialsRetried event) {
    return state.retried(event);
  }

  @Override
  public CoordinatorState recoverySkipped(SweepEvent.RecoverySkipped event) {
    return state.with(event.sweep(), sweep -> sweep.without(event.trial(), event.reason()));
  }

  @Override
  public CoordinatorState trialCompleted(SweepEvent.TrialCompleted event) {
    return state.with(event.sweep(), sweep -> sweep.with(event.trial(), event.outcome()));
  }

  @Override
  public CoordinatorState sweepCompleted(SweepEvent.SweepCompleted event) {
    return state.finish(event.sweep(), SweepStatus.COMPLETED);
  }

  @Override
  public CoordinatorState sweepCancelled(SweepEvent.SweepCancelled event) {
    return state.finish(event.sweep(), SweepStatus.CANCELLED);
  }

  @Override
  public CoordinatorState resultsWritten(SweepEvent.ResultsWritten event) {
    return state.but(draft -> draft.unreported = state.unreported().minus(event.sweep()));
  }
}
