package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.WorkerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the coordinator decides: from the state and a command to events. No actor, no clock, no side
 * effect.
 */
public final class Decisions {
  private Decisions() {}

  /** The unfinished sweep that a submission is the same work as. */
  public static Optional<SweepState> same(CoordinatorState state, Submit submit) {
    return state.sweeps().values().stream()
        .filter(sweep -> sweep.plan().digest().equals(submit.plan().digest()))
        .findFirst();
  }

  /** A new sweep, and the end of others where it is to be alone. */
  public static List<SweepEvent> submit(CoordinatorState state, Submit submit) {
    List<SweepEvent> events = new ArrayList<>(others(state, submit));
    events.add(new SweepEvent.SweepSubmitted(submit.sweep(), submit.plan(), submit.runFolder()));
    return followed(state, events);
  }

  /**
   * Cancels the other sweeps of a submission that is to be alone, with the leases that only they
   * need.
   */
  public static List<SweepEvent> others(CoordinatorState state, Submit submit) {
    List<SweepEvent> events = new ArrayList<>();
    if (!submit.alone()) {
      return events;
    }
    String reason = "sweep " + submit.sweep().value() + " takes its place";
    state.leases().values().stream()
        .filter(
            lease -> submit.plan().stages().stream().noneMatch(s -> s.key().equals(lease.stage())))
        .forEach(lease -> events.add(voided(state, lease, reason)));
    state.sweeps().values().stream()
        .filter(sweep -> !sweep.plan().digest().equals(submit.plan().digest()))
        .forEach(sweep -> events.add(new SweepEvent.SweepCancelled(sweep.id(), reason)));
    return events;
  }

  /** The lease that a worker, in this incarnation of it, holds. */
  public static Optional<Lease> held(CoordinatorState state, WorkerId worker) {
    return state.leases().values().stream()
        .filter(lease -> lease.worker().equals(worker))
        .findFirst();
  }

  /** Leases that an earlier incarnation of the worker left behind. */
  public static List<SweepEvent> voidEarlier(CoordinatorState state, WorkerId worker) {
    return state.leases().values().stream()
        .filter(lease -> lease.worker().name().equals(worker.name()))
        .filter(lease -> !lease.worker().equals(worker))
        .map(lease -> voided(state, lease, "the worker was started anew"))
        .toList();
  }

  /**
   * A task for an idle worker: the first stage that is ready, in order of submission and plan. A
   * stage that failed on this worker waits for another one, if there is one that it has not failed
   * on.
   *
   * @param workers names of all workers heard of lately
   */
  public static Optional<SweepEvent.StageLeased> assign(
      CoordinatorState state, WorkerId worker, Collection<String> workers) {
    for (SweepState sweep : state.sweeps().values()) {
      for (Stage stage : sweep.plan().stages()) {
        StageState at = state.stages().get(stage.key());
        if (isReady(state, at)
            && suits(at, worker, workers)
            && isNeeded(state, sweep, stage.key())) {
          int attempt = sweep.plan().attempts() - at.attemptsLeft() + 1;
          Lease lease = new Lease(state.nextLease(), stage.key(), attempt, worker);
          return Optional.of(new SweepEvent.StageLeased(sweep.id(), lease, stage.kind()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isReady(CoordinatorState state, StageState stage) {
    return stage.isWaiting()
        && stage.stage().inputs().stream()
            .allMatch(input -> state.stages().get(input).result().isPresent());
  }

  private static boolean suits(StageState stage, WorkerId worker, Collection<String> workers) {
    return !stage.failedOn().contains(worker.name()) || stage.failedOn().containsAll(workers);
  }

  private static boolean isNeeded(CoordinatorState state, SweepState sweep, StageKey stage) {
    RecoveryChoice choice = new RecoveryChoice(state, sweep);
    return sweep.plan().trials().stream()
        .anyMatch(
            trial ->
                !sweep.completed().containsKey(trial.index())
                    && trial.stages().contains(stage)
                    && choice.isWanted(trial, stage));
  }

  /** The task of a lease; nothing where no unfinished sweep needs it any more. */
  public static Optional<Task> task(CoordinatorState state, Lease lease) {
    return state.sweeps().values().stream()
        .filter(sweep -> sweep.needs(lease.stage()))
        .findFirst()
        .map(sweep -> new Task(lease, sweep.id(), state.stages().get(lease.stage()).stage()));
  }

  /**
   * An outcome under a lease; nothing where the lease is no longer held, and the outcome refused.
   */
  public static List<SweepEvent> report(
      CoordinatorState state, WorkerId worker, long id, Outcome outcome) {
    Optional<Lease> lease = state.lease(id).filter(held -> held.worker().equals(worker));
    if (lease.isEmpty()) {
      return List.of();
    }
    StageState stage = state.stages().get(lease.get().stage());
    if (outcome instanceof Outcome.Succeeded succeeded) {
      return followed(
          state,
          List.of(
              new SweepEvent.StageCompleted(
                  id,
                  worker,
                  succeeded.artifact(),
                  succeeded.metrics(),
                  succeeded.seconds(),
                  succeeded.reused())));
    }
    Outcome.Failed failed = (Outcome.Failed) outcome;
    boolean again = failed.kind().retryable() && stage.attemptsLeft() > 1;
    StageKey key = stage.stage().key();
    return followed(
        state,
        List.of(
            again
                ? new SweepEvent.StageRetried(
                    id, key, stage.stage().kind(), failed.kind(), failed.message())
                : new SweepEvent.StageFailed(
                    id, key, stage.stage().kind(), failed.kind(), failed.message())));
  }

  /** Leases that ran out, or whose workers left. */
  public static List<SweepEvent> voidLeases(
      CoordinatorState state, Set<Long> leases, String reason) {
    return state.leases().values().stream()
        .filter(lease -> leases.contains(lease.id()))
        .map(lease -> voided(state, lease, reason))
        .toList();
  }

  private static SweepEvent voided(CoordinatorState state, Lease lease, String reason) {
    return new SweepEvent.LeaseVoided(
        lease.id(), lease.stage(), state.stages().get(lease.stage()).stage().kind(), reason);
  }

  /**
   * The events and what follows of them: trials that are now complete, and sweeps whose trials all
   * are.
   */
  private static List<SweepEvent> followed(CoordinatorState before, List<SweepEvent> events) {
    List<SweepEvent> all = new ArrayList<>(events);
    CoordinatorState state = before;
    for (SweepEvent event : events) {
      state = state.apply(event);
    }
    List<SweepEvent> skipped = new ArrayList<>();
    for (SweepState sweep : state.sweeps().values()) {
      unwanted(state, sweep).forEach(skipped::add);
    }
    all.addAll(skipped);
    for (SweepEvent event : skipped) {
      state = state.apply(event);
    }
    for (SweepState sweep : state.sweeps().values()) {
      int failed = 0;
      int done = 0;
      for (Trial trial : sweep.plan().trials()) {
        Optional<String> known = sweep.completed().get(trial.index());
        Optional<Optional<String>> now =
            known == null ? completion(state, sweep, trial) : Optional.of(known);
        if (now.isPresent()) {
          done++;
          failed += now.get().isPresent() ? 1 : 0;
          if (known == null) {
            all.add(new SweepEvent.TrialCompleted(sweep.id(), trial.index(), now.get()));
          }
        }
      }
      if (done == sweep.plan().trials().size()) {
        all.add(new SweepEvent.SweepCompleted(sweep.id(), done, failed));
      }
    }
    return all;
  }

  /** The trials whose evaluation now says that they are not worth a recovery. */
  private static Stream<SweepEvent> unwanted(CoordinatorState state, SweepState sweep) {
    RecoveryChoice choice = new RecoveryChoice(state, sweep);
    return sweep.plan().recoverWhen().isEmpty()
        ? Stream.empty()
        : sweep.plan().trials().stream()
            .filter(trial -> !sweep.completed().containsKey(trial.index()))
            .filter(trial -> !sweep.notRecovered().containsKey(trial.index()))
            .flatMap(
                trial ->
                    choice.of(trial) instanceof RecoveryChoice.Verdict.Unwanted unwanted
                        ? Stream.<SweepEvent>of(
                            new SweepEvent.RecoverySkipped(
                                sweep.id(), trial.index(), unwanted.reason()))
                        : Stream.empty());
  }

  /** Whether a trial is complete, and what failed of it. */
  private static Optional<Optional<String>> completion(
      CoordinatorState state, SweepState sweep, Trial trial) {
    boolean allDone = true;
    for (StageKey key : trial.stages()) {
      if (!sweep.needs(trial, key)) {
        continue;
      }
      StageState stage = state.stages().get(key);
      if (stage.failure().isPresent()) {
        String what = stage.stage().kind().label() + ": " + stage.failure().get();
        return Optional.of(Optional.of(what));
      }
      allDone &= stage.result().isPresent();
    }
    return allDone ? Optional.of(Optional.empty()) : Optional.empty();
  }
}
