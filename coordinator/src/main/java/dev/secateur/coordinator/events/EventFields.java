package dev.secateur.coordinator.events;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Trial;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The names and fields under which events stand in the event log. Knows which sweep and trials a
 * stage belongs to, until the sweep has ended.
 */
public final class EventFields {
  private final Map<SweepId, Map<StageKey, List<Integer>>> sweeps = new HashMap<>();
  private final Map<StageKey, List<Integer>> before;
  private final Map<Long, Leased> leases = new HashMap<>();
  private final Map<Long, Leased> expired = new HashMap<>();

  private record Leased(SweepId sweep, Lease lease, String kind) {}

  /**
   * @param plan trials whose sweep was submitted before anybody listened
   */
  public EventFields(List<Trial> plan) {
    before = trialsOfStages(plan);
  }

  private static Map<StageKey, List<Integer>> trialsOfStages(List<Trial> plan) {
    Map<StageKey, List<Integer>> needed = new HashMap<>();
    for (Trial trial : plan) {
      for (StageKey key : trial.stages()) {
        needed.computeIfAbsent(key, k -> new ArrayList<>()).add(trial.index());
      }
    }
    return needed;
  }

  /** The event's name under {@code event}, and its fields. */
  public Map<String, Object> of(SweepEvent event) {
    if (event instanceof SweepEvent.SweepSubmitted submitted) {
      sweeps.put(submitted.sweep(), trialsOfStages(submitted.plan().trials()));
      return fields(
          "sweep-submitted",
          Map.of(
              "sweep", submitted.sweep().value(),
              "trials", submitted.plan().trials().size(),
              "stages", submitted.plan().stages().size(),
              "name", submitted.plan().name(),
              "priority", submitted.priority(),
              "folder", submitted.runFolder()));
    } else if (event instanceof SweepEvent.SweepReplanned replanned) {
      return ofReplanned(replanned);
    } else if (event instanceof SweepEvent.StageLeased leased) {
      leases.put(
          leased.lease().id(), new Leased(leased.sweep(), leased.lease(), leased.kind().label()));
      Map<String, Object> fields = ofLease("stage-leased", leased.lease().id());
      fields.put("attempt", leased.lease().attempt());
      return fields;
    } else if (event instanceof SweepEvent.StageCompleted completed) {
      Map<String, Object> fields =
          atEnd(
              completed.reused() ? "stage-reused" : "stage-completed",
              completed.lease(),
              completed.artifact().key(),
              completed.artifact().kind());
      fields.put("worker", completed.worker().name());
      fields.put("seconds", completed.seconds());
      fields.put("metrics", completed.metrics());
      fields.put("sha256", completed.artifact().sha256());
      return fields;
    } else if (event instanceof SweepEvent.StageRetried retried) {
      return failure(
          atEnd("stage-retried", retried.lease(), retried.stage(), retried.kind()),
          retried.failure(),
          retried.message());
    } else if (event instanceof SweepEvent.StageFailed failed) {
      return failure(
          atEnd("stage-failed", failed.lease(), failed.stage(), failed.kind()),
          failed.failure(),
          failed.message());
    } else if (event instanceof SweepEvent.LeaseVoided voided) {
      Map<String, Object> fields =
          atEnd("lease-voided", voided.lease(), voided.stage(), voided.kind());
      fields.put("reason", voided.reason());
      return fields;
    } else if (event instanceof SweepEvent.LeaseExpired gone) {
      Optional.ofNullable(leases.get(gone.lease()))
          .ifPresent(leased -> expired.put(gone.lease(), leased)); // its worker may still come back
      Map<String, Object> fields = atEnd("lease-expired", gone.lease(), gone.stage(), gone.kind());
      fields.put("reason", "no heartbeat for " + gone.seconds() + " s");
      return fields;
    } else if (event instanceof SweepEvent.WorkerCrashed crashed) {
      Map<String, Object> fields =
          atEnd("worker-crashed", crashed.lease(), crashed.stage(), crashed.kind());
      fields.put("worker", crashed.worker().name());
      fields.put("reason", crashed.lastWords());
      return fields;
    } else if (event instanceof SweepEvent.ArtifactLost lost) {
      Map<String, Object> fields = atEnd("artifact-lost", lost.lease(), lost.stage(), lost.kind());
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

  private Map<String, Object> ofReplanned(SweepEvent.SweepReplanned event) {
    sweeps.computeIfPresent(
        event.sweep(),
        (sweep, old) -> {
          Map<StageKey, List<Integer>> needed = new HashMap<>();
          event
              .keys()
              .forEach((before, key) -> needed.put(key, old.getOrDefault(before, List.of())));
          return needed;
        });
    return fields(
        "sweep-replanned",
        Map.of(
            "sweep", event.sweep().value(),
            "from", event.from().number(),
            "to", event.to().number(),
            "stages", event.keys().size(),
            "reason",
                String.format(
                    "it was planned for code version %s; all stages are computed again by code"
                        + " version %s",
                    event.from(), event.to())));
  }

  private Map<String, Object> ofSweep(SweepEvent event) {
    if (event instanceof SweepEvent.SweepPaused paused) {
      return fields("sweep-paused", Map.of("sweep", paused.sweep().value()));
    } else if (event instanceof SweepEvent.SweepResumed resumed) {
      return fields("sweep-resumed", Map.of("sweep", resumed.sweep().value()));
    } else if (event instanceof SweepEvent.SweepStopping stopping) {
      return fields("sweep-stopping", Map.of("sweep", stopping.sweep().value()));
    } else if (event instanceof SweepEvent.SweepStopped stopped) {
      return atEnd("sweep-stopped", stopped.sweep(), Map.of());
    } else if (event instanceof SweepEvent.WorkerDraining draining) {
      return fields("worker-draining", Map.of("worker", draining.worker().name()));
    } else if (event instanceof SweepEvent.SweepCancelled cancelled) {
      return atEnd("sweep-cancelled", cancelled.sweep(), Map.of("reason", cancelled.reason()));
    }
    if (event instanceof SweepEvent.ResultsWritten written) {
      return fields("results-written", Map.of("sweep", written.sweep().value()));
    }
    SweepEvent.SweepCompleted completed = (SweepEvent.SweepCompleted) event;
    return atEnd(
        "sweep-completed",
        completed.sweep(),
        Map.of("trials", completed.trials(), "failed", completed.failed()));
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
    Optional<SweepId> sweep =
        leases.values().stream()
            .filter(leased -> leased.lease().stage().equals(event.stage()))
            .map(Leased::sweep)
            .findFirst();
    fields.put("trials", sweep.map(id -> trials(id, event.stage())).orElse(List.of()));
    sweep.ifPresent(id -> fields.put("sweep", id.value()));
    return fields;
  }

  /** A notice. */
  public static Map<String, Object> of(Notice notice) {
    return fields(notice.event(), notice.fields());
  }

  private List<Integer> trials(SweepId sweep, StageKey stage) {
    return sweeps.getOrDefault(sweep, before).getOrDefault(stage, List.of());
  }

  private Map<String, Object> ofLease(String name, long lease) {
    Map<String, Object> fields = fields(name, Map.of("lease", lease));
    Leased leased = leases.getOrDefault(lease, expired.get(lease));
    if (leased != null) {
      fields.put("sweep", leased.sweep().value());
      fields.put("stage", leased.lease().stage().value());
      fields.put("kind", leased.kind());
      fields.put("worker", leased.lease().worker().name());
      fields.put("trials", trials(leased.sweep(), leased.lease().stage()));
    }
    return fields;
  }

  /** The fields of a lease, which is not spoken of again. */
  private Map<String, Object> atEnd(String name, long lease, StageKey stage, StageKind kind) {
    Map<String, Object> fields = ofLease(name, lease);
    leases.remove(lease);
    fields.put("stage", stage.value());
    fields.put("kind", kind.label());
    return fields;
  }

  private static Map<String, Object> failure(
      Map<String, Object> fields, Outcome.FailureKind kind, String message) {
    fields.put("failure", kind.label());
    fields.put("reason", message);
    return fields;
  }

  /** The fields of a sweep, which is not spoken of again. */
  private Map<String, Object> atEnd(String name, SweepId sweep, Map<String, Object> rest) {
    sweeps.remove(sweep);
    expired.values().removeIf(leased -> leased.sweep().equals(sweep));
    Map<String, Object> fields = fields(name, rest);
    fields.put("sweep", sweep.value());
    return fields;
  }

  private static Map<String, Object> fields(String name, Map<String, Object> rest) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("event", name);
    new TreeMap<>(rest).forEach(fields::put);
    return fields;
  }
}
