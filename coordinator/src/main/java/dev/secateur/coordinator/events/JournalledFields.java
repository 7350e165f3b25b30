package dev.secateur.coordinator.events;

import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The name and fields of each event of the journal. Call it in the order of events: an event names
 * the lease of a change, and an earlier event the sweep of that lease.
 */
final class JournalledFields implements SweepEventCases<Map<String, Object>> {
  private final StageOwners owners;

  JournalledFields(StageOwners owners) {
    this.owners = owners;
  }

  @Override
  public Map<String, Object> sweepSubmitted(SweepEvent.SweepSubmitted event) {
    owners.submitted(event);
    return ofSweep(
        "sweep-submitted",
        event,
        Map.of(
            "trials", event.plan().trials().size(),
            "stages", event.plan().stages().size(),
            "name", event.plan().name(),
            "priority", event.priority(),
            "run_folder", event.runFolder()));
  }

  @Override
  public Map<String, Object> sweepReplanned(SweepEvent.SweepReplanned event) {
    owners.replanned(event);
    return ofSweep(
        "sweep-replanned",
        event,
        Map.of(
            "from", event.from().number(),
            "to", event.to().number(),
            "stages", event.keys().size(),
            "reason",
                String.format(
                    "it was planned for code version %s; all stages are computed again with"
                        + " code version %s",
                    event.from(), event.to())));
  }

  @Override
  public Map<String, Object> sweepExtended(SweepEvent.SweepExtended event) {
    owners.extended(event);
    return ofSweep(
        "sweep-extended",
        event,
        Map.of("trials", event.plan().trials().size(), "stages", event.plan().stages().size()));
  }

  @Override
  public Map<String, Object> sweepReprioritized(SweepEvent.SweepReprioritized event) {
    return ofSweep("sweep-reprioritized", event, Map.of("priority", event.priority()));
  }

  @Override
  public Map<String, Object> sweepPaused(SweepEvent.SweepPaused event) {
    return ofSweep("sweep-paused", event, Map.of());
  }

  @Override
  public Map<String, Object> sweepResumed(SweepEvent.SweepResumed event) {
    return ofSweep("sweep-resumed", event, Map.of());
  }

  @Override
  public Map<String, Object> sweepStopping(SweepEvent.SweepStopping event) {
    return ofSweep("sweep-stopping", event, Map.of());
  }

  @Override
  public Map<String, Object> sweepStopped(SweepEvent.SweepStopped event) {
    return atEnd("sweep-stopped", event, Map.of());
  }

  @Override
  public Map<String, Object> sweepCompleted(SweepEvent.SweepCompleted event) {
    return atEnd(
        "sweep-completed", event, Map.of("trials", event.trials(), "failed", event.failed()));
  }

  @Override
  public Map<String, Object> sweepCancelled(SweepEvent.SweepCancelled event) {
    return atEnd("sweep-cancelled", event, Map.of("reason", event.reason()));
  }

  @Override
  public Map<String, Object> resultsWritten(SweepEvent.ResultsWritten event) {
    return ofSweep("results-written", event, Map.of());
  }

  @Override
  public Map<String, Object> sweepDeleted(SweepEvent.SweepDeleted event) {
    return ofSweep("sweep-deleted", event, Map.of());
  }

  @Override
  public Map<String, Object> workerUndrained(SweepEvent.WorkerUndrained event) {
    return fields("worker-undrained", Map.of("worker", event.worker().name()));
  }

  @Override
  public Map<String, Object> workerDraining(SweepEvent.WorkerDraining event) {
    return fields("worker-draining", Map.of("worker", event.worker().name()));
  }

  @Override
  public Map<String, Object> stageLeased(SweepEvent.StageLeased event) {
    owners.leased(event);
    Map<String, Object> fields = ofLease("stage-leased", event.lease().id());
    fields.put("attempt", event.lease().attempt());
    return fields;
  }

  @Override
  public Map<String, Object> stageCompleted(SweepEvent.StageCompleted event) {
    Map<String, Object> fields = atEnd(event.reused() ? "stage-reused" : "stage-completed", event);
    fields.put("worker", event.worker().name());
    fields.put("seconds", event.seconds());
    fields.put("metrics", event.metrics());
    fields.put("sha256", event.artifact().sha256());
    return fields;
  }

  @Override
  public Map<String, Object> stageRetried(SweepEvent.StageRetried event) {
    return failure(atEnd("stage-retried", event), event.failure(), event.message());
  }

  @Override
  public Map<String, Object> stageFailed(SweepEvent.StageFailed event) {
    return failure(atEnd("stage-failed", event), event.failure(), event.message());
  }

  @Override
  public Map<String, Object> leaseVoided(SweepEvent.LeaseVoided event) {
    Map<String, Object> fields = atEnd("lease-voided", event);
    fields.put("reason", event.reason());
    return fields;
  }

  @Override
  public Map<String, Object> leaseExpired(SweepEvent.LeaseExpired event) {
    owners.expired(event.lease());
    Map<String, Object> fields = atEnd("lease-expired", event);
    fields.put("reason", "no heartbeat for " + event.seconds() + " s");
    return fields;
  }

  @Override
  public Map<String, Object> workerCrashed(SweepEvent.WorkerCrashed event) {
    Map<String, Object> fields = atEnd("worker-crashed", event);
    fields.put("worker", event.worker().name());
    fields.put("reason", event.lastWords());
    return fields;
  }

  @Override
  public Map<String, Object> artifactLost(SweepEvent.ArtifactLost event) {
    Map<String, Object> fields = atEnd("artifact-lost", event);
    fields.put("input", event.input().value());
    return fields;
  }

  @Override
  public Map<String, Object> trialsRetried(SweepEvent.TrialsRetried event) {
    return ofSweep("trials-retried", event, Map.of("trials", event.trials()));
  }

  @Override
  public Map<String, Object> recoverySkipped(SweepEvent.RecoverySkipped event) {
    return ofSweep(
        "recovery-skipped", event, Map.of("trial", event.trial(), "reason", event.reason()));
  }

  @Override
  public Map<String, Object> trialCompleted(SweepEvent.TrialCompleted event) {
    Map<String, Object> fields =
        ofSweep(
            event.failure().isPresent() ? "trial-failed" : "trial-completed",
            event,
            Map.of("trial", event.trial()));
    event.failure().ifPresent(failure -> fields.put("reason", failure));
    return fields;
  }

  private Map<String, Object> ofLease(String name, long lease) {
    Map<String, Object> fields = fields(name, Map.of("lease", lease));
    owners
        .lease(lease)
        .ifPresent(
            leased -> {
              fields.put("sweep", leased.sweep().value());
              fields.put("stage", leased.lease().stage().value());
              fields.put("kind", leased.kind().label());
              fields.put("worker", leased.lease().worker().name());
              fields.put("trials", owners.trials(leased.sweep(), leased.lease().stage()));
            });
    return fields;
  }

  /** The fields of a lease, which is not spoken of again. */
  private Map<String, Object> atEnd(String name, SweepEvent.OfStage event) {
    Map<String, Object> fields = ofLease(name, event.lease());
    owners.ended(event.lease());
    fields.put("stage", event.stage().value());
    fields.put("kind", event.kind().label());
    return fields;
  }

  private static Map<String, Object> failure(
      Map<String, Object> fields, Outcome.FailureKind kind, String message) {
    fields.put("failure", kind.label());
    fields.put("reason", message);
    return fields;
  }

  private static Map<String, Object> ofSweep(
      String name, SweepEvent.OfSweep event, Map<String, Object> rest) {
    Map<String, Object> all = new TreeMap<>(rest);
    all.put("sweep", event.sweep().value());
    return fields(name, all);
  }

  /** The fields of a sweep, which is not spoken of again. */
  private Map<String, Object> atEnd(
      String name, SweepEvent.OfSweep event, Map<String, Object> rest) {
    owners.ended(event.sweep());
    Map<String, Object> fields = fields(name, rest);
    fields.put("sweep", event.sweep().value());
    return fields;
  }

  /** A name under {@code event}, and the rest in alphabetical order. */
  static Map<String, Object> fields(String name, Map<String, Object> rest) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("event", name);
    new TreeMap<>(rest).forEach(fields::put);
    return fields;
  }
}
