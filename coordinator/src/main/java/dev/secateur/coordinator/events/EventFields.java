package dev.secateur.coordinator.events;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Trial;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The names and fields under which events stand in the event log. Knows which sweep and trials a
 * stage belongs to.
 */
public final class EventFields {
  private final Map<StageKey, List<Integer>> trials = new HashMap<>();
  private final Map<Long, Leased> leases = new HashMap<>();

  private record Leased(SweepId sweep, Lease lease, String kind) {}

  /** Learns which trials need a stage. */
  public void learn(List<Trial> plan) {
    Map<StageKey, List<Integer>> needed = new HashMap<>();
    for (Trial trial : plan) {
      for (StageKey key : trial.stages()) {
        needed.computeIfAbsent(key, k -> new java.util.ArrayList<>()).add(trial.index());
      }
    }
    trials.putAll(needed);
  }

  /** The event's name under {@code event}, and its fields. */
  public Map<String, Object> of(SweepEvent event) {
    if (event instanceof SweepEvent.SweepSubmitted submitted) {
      learn(submitted.plan().trials());
      return fields(
          "sweep-submitted",
          Map.of(
              "sweep", submitted.sweep().value(),
              "trials", submitted.plan().trials().size(),
              "stages", submitted.plan().stages().size(),
              "name", submitted.plan().name(),
              "priority", submitted.priority(),
              "folder", submitted.runFolder()));
    } else if (event instanceof SweepEvent.StageLeased leased) {
      leases.put(
          leased.lease().id(), new Leased(leased.sweep(), leased.lease(), leased.kind().label()));
      Map<String, Object> fields = stage("stage-leased", leased.lease().id());
      fields.put("attempt", leased.lease().attempt());
      return fields;
    } else if (event instanceof SweepEvent.StageCompleted completed) {
      Map<String, Object> fields =
          stage(completed.reused() ? "stage-reused" : "stage-completed", completed.lease());
      fields.put("stage", completed.artifact().key().value());
      fields.put("kind", completed.artifact().kind().label());
      fields.put("worker", completed.worker().name());
      fields.put("seconds", completed.seconds());
      fields.put("metrics", completed.metrics());
      fields.put("sha256", completed.artifact().sha256());
      leases.remove(completed.lease());
      return fields;
    } else if (event instanceof SweepEvent.StageRetried retried) {
      Map<String, Object> fields = stage("stage-retried", retried.lease());
      fields.put("failure", retried.failure().label());
      fields.put("reason", retried.message());
      return fields;
    } else if (event instanceof SweepEvent.StageFailed failed) {
      Map<String, Object> fields = stage("stage-failed", failed.lease());
      fields.put("failure", failed.failure().label());
      fields.put("reason", failed.message());
      return fields;
    } else if (event instanceof SweepEvent.LeaseVoided voided) {
      Map<String, Object> fields = stage("lease-voided", voided.lease());
      fields.put("stage", voided.stage().value());
      fields.put("kind", voided.kind().label());
      fields.put("reason", voided.reason());
      return fields;
    } else if (event instanceof SweepEvent.ArtifactLost lost) {
      Map<String, Object> fields = stage("artifact-lost", lost.lease());
      fields.put("stage", lost.stage().value());
      fields.put("kind", lost.kind().label());
      fields.put("input", lost.input().value());
      return fields;
    } else if (event instanceof SweepEvent.TrialsRetried retried) {
      return fields(
          "trials-retried", Map.of("sweep", retried.sweep().value(), "trials", retried.trials()));
    } else if (event instanceof SweepEvent.RecoverySkipped skipped) {
      return fields(
          "recovery-skipped",
          Map.of(
              "sweep", skipped.sweep().value(),
              "trial", skipped.trial(),
              "reason", skipped.reason()));
    } else if (event instanceof SweepEvent.TrialCompleted completed) {
      Map<String, Object> fields =
          fields(
              completed.failure().isPresent() ? "trial-failed" : "trial-completed",
              Map.of("sweep", completed.sweep().value(), "trial", completed.trial()));
      completed.failure().ifPresent(failure -> fields.put("reason", failure));
      return fields;
    }
    return ofSweep(event);
  }

  private static Map<String, Object> ofSweep(SweepEvent event) {
    if (event instanceof SweepEvent.SweepPaused paused) {
      return fields("sweep-paused", Map.of("sweep", paused.sweep().value()));
    } else if (event instanceof SweepEvent.SweepResumed resumed) {
      return fields("sweep-resumed", Map.of("sweep", resumed.sweep().value()));
    } else if (event instanceof SweepEvent.SweepStopping stopping) {
      return fields("sweep-stopping", Map.of("sweep", stopping.sweep().value()));
    } else if (event instanceof SweepEvent.SweepStopped stopped) {
      return fields("sweep-stopped", Map.of("sweep", stopped.sweep().value()));
    } else if (event instanceof SweepEvent.WorkerDraining draining) {
      return fields("worker-draining", Map.of("worker", draining.worker().name()));
    }
    if (event instanceof SweepEvent.SweepCancelled cancelled) {
      return fields(
          "sweep-cancelled",
          Map.of("sweep", cancelled.sweep().value(), "reason", cancelled.reason()));
    }
    SweepEvent.SweepCompleted completed = (SweepEvent.SweepCompleted) event;
    return fields(
        "sweep-completed",
        Map.of(
            "sweep", completed.sweep().value(),
            "trials", completed.trials(),
            "failed", completed.failed()));
  }

  /** Progress of a task. */
  public Map<String, Object> of(ProgressEvent event) {
    Map<String, Object> fields =
        fields(
            "stage-progress",
            Map.of(
                "stage", event.stage().value(),
                "kind", event.kind().label(),
                "worker", event.worker().name(),
                "done", event.progress().done(),
                "total", event.progress().total(),
                "note", event.progress().note()));
    fields.put("trials", trials.getOrDefault(event.stage(), List.of()));
    leases.values().stream()
        .filter(leased -> leased.lease().stage().equals(event.stage()))
        .findFirst()
        .ifPresent(leased -> fields.put("sweep", leased.sweep().value()));
    return fields;
  }

  /** A notice. */
  public static Map<String, Object> of(Notice notice) {
    return fields(notice.event(), notice.fields());
  }

  private Map<String, Object> stage(String name, long lease) {
    Map<String, Object> fields = fields(name, Map.of("lease", lease));
    Leased leased = leases.get(lease);
    if (leased != null) {
      fields.put("sweep", leased.sweep().value());
      fields.put("stage", leased.lease().stage().value());
      fields.put("kind", leased.kind());
      fields.put("worker", leased.lease().worker().name());
      fields.put("trials", trials.getOrDefault(leased.lease().stage(), List.of()));
    }
    return fields;
  }

  private static Map<String, Object> fields(String name, Map<String, Object> rest) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("event", name);
    new java.util.TreeMap<>(rest).forEach(fields::put);
    return fields;
  }
}
