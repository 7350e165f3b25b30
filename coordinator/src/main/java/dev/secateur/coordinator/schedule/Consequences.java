package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.TrialOutcome;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The consequences of events: trials that are not worth a recovery, trials that are now complete,
 * and sweeps that have ended. Only trials that an event concerns are examined.
 */
final class Consequences {
  private final List<SweepEvent> events = new ArrayList<>();
  private CoordinatorState state;

  private Consequences(CoordinatorState state) {
    this.state = state;
  }

  /** The events, and after them what follows. */
  static List<SweepEvent> of(CoordinatorState before, List<SweepEvent> causes) {
    Consequences consequences = new Consequences(before);
    causes.forEach(consequences::happen);
    causes.forEach(consequences::follow);
    return List.copyOf(consequences.events);
  }

  private void happen(SweepEvent event) {
    events.add(event);
    state = state.apply(event);
  }

  private void follow(SweepEvent cause) {
    concerned(cause)
        .forEach(
            (id, trials) -> {
              SweepState sweep = state.sweeps().get(id);
              if (sweep.plan().recoverWhen().limits() && sweep.done() > 0) {
                skipUnwanted(id);
                complete(id, sweep.plan().trials());
              } else {
                complete(id, trials);
              }
              end(id);
            });
  }

  /** The unfinished sweeps that an event changes, with the trials that it may complete. */
  private Map<SweepId, Iterable<Trial>> concerned(SweepEvent cause) {
    Map<SweepId, Iterable<Trial>> concerned = new LinkedHashMap<>(cause.as(new Concerned()));
    concerned.keySet().retainAll(state.sweeps().keySet());
    return concerned;
  }

  private final class Concerned implements SweepEventCases.Some<Map<SweepId, Iterable<Trial>>> {
    @Override
    public Map<SweepId, Iterable<Trial>> sweepSubmitted(SweepEvent.SweepSubmitted event) {
      return begun(event);
    }

    @Override
    public Map<SweepId, Iterable<Trial>> sweepReplanned(SweepEvent.SweepReplanned event) {
      return begun(event);
    }

    @Override
    public Map<SweepId, Iterable<Trial>> sweepExtended(SweepEvent.SweepExtended event) {
      return begun(event);
    }

    private Map<SweepId, Iterable<Trial>> begun(SweepEvent.OfSweep event) {
      return Map.of(event.sweep(), evaluated(state.sweeps().get(event.sweep())));
    }

    @Override
    public Map<SweepId, Iterable<Trial>> sweepStopping(SweepEvent.SweepStopping event) {
      return Map.of(event.sweep(), List.of());
    }

    @Override
    public Map<SweepId, Iterable<Trial>> ofStage(SweepEvent.OfStage event) {
      Map<SweepId, Iterable<Trial>> concerned = new LinkedHashMap<>();
      for (SweepState sweep : state.sweeps().values()) {
        if (sweep.needs(event.stage())) {
          concerned.put(sweep.id(), sweep.index().trials(event.stage()));
        }
      }
      return concerned;
    }

    /** Its lease had ended before, and where it was the last attempt, a failure follows it. */
    @Override
    public Map<SweepId, Iterable<Trial>> workerCrashed(SweepEvent.WorkerCrashed event) {
      return Map.of();
    }

    /** Neither completes a trial nor ends what a sweep that is being stopped has in work. */
    @Override
    public Map<SweepId, Iterable<Trial>> otherwise(SweepEvent event) {
      return Map.of();
    }
  }

  /** The trials of a new sweep that others may have done all of: those that are evaluated. */
  private List<Trial> evaluated(SweepState sweep) {
    Set<StageKey> evaluations =
        state.known(sweep).stream()
            .filter(known -> known.result().isPresent())
            .map(known -> known.stage().key())
            .collect(Collectors.toSet());
    return evaluations.isEmpty()
        ? List.of()
        : sweep.plan().trials().stream()
            .filter(trial -> evaluations.contains(trial.after()))
            .toList();
  }

  private void skipUnwanted(SweepId id) {
    SweepState sweep = state.sweeps().get(id);
    RecoveryChoice choice = new RecoveryChoice(state, sweep);
    for (Trial trial : sweep.plan().trials()) {
      boolean open =
          !sweep.completed().containsKey(trial.index())
              && !sweep.notRecovered().containsKey(trial.index());
      if (open && choice.of(trial) instanceof RecoveryChoice.Verdict.Unwanted unwanted) {
        happen(new SweepEvent.RecoverySkipped(id, trial.index(), unwanted.reason()));
      }
    }
  }

  private void complete(SweepId id, Iterable<Trial> trials) {
    for (Trial trial : trials) {
      SweepState sweep = state.sweeps().get(id);
      if (!sweep.completed().containsKey(trial.index())) {
        completion(sweep, trial)
            .ifPresent(
                outcome -> happen(new SweepEvent.TrialCompleted(id, trial.index(), outcome)));
      }
    }
  }

  /**
   * The outcome of a trial, if it is complete. Where only its recovery has failed, its pruned model
   * is evaluated first, and where only its export has, all of its models are; so that numbers stay.
   */
  private Optional<TrialOutcome> completion(SweepState sweep, Trial trial) {
    boolean allDone = true;
    Optional<TrialOutcome> ofRecovery = Optional.empty();
    TrialOutcome ofExport = new TrialOutcome.Succeeded();
    for (StageKey key : trial.stages()) {
      if (!sweep.needs(trial, key)) {
        continue;
      }
      StageState stage = state.stages().get(key);
      if (stage == null) {
        allDone = false; // nothing has become of it
        continue;
      }
      if (stage.failure().isPresent()) {
        TrialOutcome failed =
            new TrialOutcome.Failed(stage.stage().kind().label() + ": " + stage.failure().get());
        if (trial.export().equals(Optional.of(key))) {
          ofExport = failed;
          continue;
        } else if (!trial.ofRecovery().contains(key)) {
          return Optional.of(failed);
        }
        ofRecovery = ofRecovery.or(() -> Optional.of(failed));
      }
      allDone &= stage.result().isPresent();
    }
    if (ofRecovery.isPresent()) {
      boolean evaluated =
          isDone(trial.before())
              && isDone(trial.after())
              && trial.further().stream()
                  .map(Trial.Further::key)
                  .filter(key -> !trial.ofRecovery().contains(key))
                  .allMatch(this::isDone);
      return evaluated ? ofRecovery : Optional.empty();
    }
    return allDone ? Optional.of(ofExport) : Optional.empty();
  }

  private boolean isDone(StageKey key) {
    StageState stage = state.stages().get(key);
    return stage != null && stage.result().isPresent();
  }

  private void end(SweepId id) {
    SweepState sweep = state.sweeps().get(id);
    int trials = sweep.plan().trials().size();
    if (sweep.completed().size() == trials) {
      happen(new SweepEvent.SweepCompleted(id, trials, sweep.failed()));
    } else if (sweep.status() == SweepStatus.STOPPING && !isInWork(sweep)) {
      happen(new SweepEvent.SweepStopped(id));
    }
  }

  private boolean isInWork(SweepState sweep) {
    return state.leases().values().stream().anyMatch(lease -> sweep.needs(lease.stage()));
  }
}
