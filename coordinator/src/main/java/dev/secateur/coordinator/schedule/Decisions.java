package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The decisions of the coordinator: from the state and a command to events. No actor, no clock, no
 * side effect.
 */
public final class Decisions {
  private Decisions() {}

  /** The unfinished sweep that a submission is the same work as. */
  public static Optional<SweepState> same(CoordinatorState state, Submit submit) {
    return state.sweeps().values().stream()
        .filter(
            sweep ->
                sweep.plan().digest().equals(submit.plan().digest())
                    || sweep.id().equals(submit.sweep())
                    || submit.key().repeats(sweep.submission().key()))
        .findFirst();
  }

  /** The finished sweep that a client submitted already, and now submits by the same key. */
  public static Optional<FinishedSweep> finished(CoordinatorState state, Submit submit) {
    return state.finished().values().stream()
        .filter(sweep -> submit.key().repeats(sweep.key()))
        .findFirst();
  }

  /** A new sweep, and the end of others where it is to be alone. */
  public static List<SweepEvent> submit(CoordinatorState state, Submit submit) {
    List<SweepEvent> events = new ArrayList<>(others(state, submit));
    events.add(
        new SweepEvent.SweepSubmitted(
            submit.sweep(),
            submit.plan(),
            submit.runFolder(),
            submit.priority(),
            submit.key(),
            submit.at(),
            submit.origin()));
    return Consequences.of(state, events);
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
    PlanIndex plan = state.indexes().of(submit.plan());
    state.leases().values().stream()
        .filter(lease -> !plan.has(lease.stage()))
        .forEach(lease -> events.add(voided(state, lease, reason)));
    state.sweeps().values().stream()
        .filter(sweep -> !sweep.plan().digest().equals(submit.plan().digest()))
        .forEach(sweep -> events.add(new SweepEvent.SweepCancelled(sweep.id(), reason)));
    return events;
  }

  /** No new tasks of a running sweep. */
  public static List<SweepEvent> pause(CoordinatorState state, SweepState sweep) {
    return sweep.status() == SweepStatus.RUNNING
        ? List.of(new SweepEvent.SweepPaused(sweep.id()))
        : List.of();
  }

  /** New tasks again, of a sweep that was paused or is being stopped. */
  public static List<SweepEvent> resume(CoordinatorState state, SweepState sweep) {
    return sweep.status() == SweepStatus.RUNNING
        ? List.of()
        : List.of(new SweepEvent.SweepResumed(sweep.id()));
  }

  /** No new tasks, and the end once none runs. */
  public static List<SweepEvent> stop(CoordinatorState state, SweepState sweep) {
    return Consequences.of(state, List.of(new SweepEvent.SweepStopping(sweep.id())));
  }

  /** New attempts for the trials of an unfinished sweep that have failed. */
  public static List<SweepEvent> retryFailed(SweepState sweep) {
    List<Integer> failed =
        sweep.completed().entrySet().stream()
            .filter(trial -> trial.getValue().failure().isPresent())
            .map(Map.Entry::getKey)
            .sorted()
            .toList();
    return failed.isEmpty() ? List.of() : List.of(new SweepEvent.TrialsRetried(sweep.id(), failed));
  }

  /** The end of a sweep, and of the tasks that only it needs. */
  public static List<SweepEvent> cancel(CoordinatorState state, SweepState sweep) {
    List<SweepEvent> events = new ArrayList<>();
    String reason = "the sweep was cancelled";
    state.leases().values().stream()
        .filter(lease -> sweep.needs(lease.stage()))
        .filter(
            lease ->
                state.sweeps().values().stream()
                    .noneMatch(other -> other != sweep && other.needs(lease.stage())))
        .forEach(lease -> events.add(voided(state, lease, reason)));
    events.add(new SweepEvent.SweepCancelled(sweep.id(), reason));
    return events;
  }

  /** No more tasks for a worker. */
  public static List<SweepEvent> drain(CoordinatorState state, WorkerId worker) {
    return state.draining().contains(worker)
        ? List.of()
        : List.of(new SweepEvent.WorkerDraining(worker));
  }

  /** Tasks again for a worker that was to get none. */
  public static List<SweepEvent> undrain(CoordinatorState state, WorkerId worker) {
    return state.draining().contains(worker)
        ? List.of(new SweepEvent.WorkerUndrained(worker))
        : List.of();
  }

  /** Another share of the workers for a sweep. */
  public static List<SweepEvent> reprioritize(SweepState sweep, int priority) {
    return sweep.submission().priority() == priority
        ? List.of()
        : List.of(new SweepEvent.SweepReprioritized(sweep.id(), priority));
  }

  /** Nothing is known any more of a sweep that has ended, be its results written or not. */
  public static List<SweepEvent> delete(CoordinatorState state, SweepId sweep) {
    return state.finished().containsKey(sweep)
        ? List.of(new SweepEvent.SweepDeleted(sweep))
        : List.of();
  }

  /** The lease that a worker, in this incarnation of it, holds. */
  public static Optional<Lease> held(CoordinatorState state, WorkerId worker) {
    return state.leases().values().stream()
        .filter(lease -> lease.worker().equals(worker))
        .findFirst();
  }

  /**
   * Leases that an earlier incarnation of the worker left behind. Where its process is known to
   * have ended by itself while it computed the stage, the attempt counts, even if the lease has
   * expired since: a stage that ends every process that computes it fails in the end.
   *
   * @param lastWords what the process said when it ended by itself; empty if it did not
   */
  public static List<SweepEvent> endedWith(
      CoordinatorState state, WorkerId worker, String lastWords) {
    List<SweepEvent> events = new ArrayList<>();
    for (Lease lease : state.leases().values()) {
      if (lease.worker().name().equals(worker.name()) && !lease.worker().equals(worker)) {
        events.add(
            lastWords.isEmpty()
                ? voided(state, lease, "the worker was restarted")
                : crashed(state, lease, lastWords));
      }
    }
    if (!lastWords.isEmpty()) {
      events.addAll(crashedLately(state, worker, lastWords));
    }
    return Consequences.of(state, events);
  }

  private static SweepEvent crashed(CoordinatorState state, Lease lease, String lastWords) {
    return failed(state.stage(lease.stage()).orElseThrow(), lease.id(), crash(lease, lastWords));
  }

  private static Outcome.Failed crash(Lease lease, String lastWords) {
    return new Outcome.Failed(
        Outcome.FailureKind.INTERNAL,
        "the process of worker " + lease.worker().name() + " ended: " + lastWords);
  }

  /** Final output that arrived after the lease had expired. */
  private static List<SweepEvent> crashedLately(
      CoordinatorState state, WorkerId worker, String lastWords) {
    Lease lease = state.expired().get(worker.name());
    StageState stage = lease == null ? null : state.stage(lease.stage()).orElse(null);
    if (stage == null || !stage.isOpen() || lease.worker().equals(worker)) {
      return List.of();
    }
    SweepEvent counted =
        new SweepEvent.WorkerCrashed(
            lease.id(), lease.stage(), stage.stage().kind(), lease.worker(), lastWords);
    return stage.isWaiting() && stage.attemptsLeft() <= 1
        ? List.of(counted, failed(stage, lease.id(), crash(lease, lastWords)))
        : List.of(counted);
  }

  /** The task of a lease; nothing where no unfinished sweep needs it any more. */
  public static Optional<Task> task(CoordinatorState state, Lease lease) {
    Optional<SweepId> owner =
        Optional.ofNullable(state.owners().get(lease.id())).filter(state.sweeps()::containsKey);
    return owner
        .or(
            () ->
                state.sweeps().values().stream()
                    .filter(sweep -> sweep.needs(lease.stage()))
                    .map(SweepState::id)
                    .findFirst())
        .map(
            sweep ->
                new Task(
                    lease,
                    sweep,
                    state.stage(lease.stage()).orElseThrow().stage(),
                    state.sweeps().get(sweep).plan().codeVersion()));
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
    StageState stage = state.stage(lease.get().stage()).orElseThrow();
    if (outcome instanceof Outcome.Succeeded succeeded) {
      return Consequences.of(
          state,
          List.of(
              new SweepEvent.StageCompleted(
                  id,
                  worker,
                  succeeded.artifact(),
                  succeeded.metrics(),
                  succeeded.seconds(),
                  succeeded.reused() && stage.leases() == 1, // else an earlier attempt made it
                  succeeded.machine())));
    }
    if (outcome instanceof Outcome.InputLost lost) {
      return Consequences.of(state, List.of(lost(state, stage, id, lost.input())));
    }
    return Consequences.of(state, List.of(failed(stage, id, (Outcome.Failed) outcome)));
  }

  /**
   * An input that nobody has is computed again, and then what reads it; that counts as an attempt
   * of the reader, so that an artifact that is lost again and again ends its trials and not the
   * cluster's peace.
   */
  private static SweepEvent lost(
      CoordinatorState state, StageState reader, long lease, StageKey input) {
    StageState wanted = state.stage(input).orElse(null);
    String message = "its input " + input.brief() + " is missing or corrupted";
    if (wanted == null || !reader.stage().inputs().contains(input)) {
      return failed(reader, lease, new Outcome.Failed(Outcome.FailureKind.INTERNAL, message));
    } else if (wanted.result().isEmpty()) {
      return voided(state, state.leases().get(lease), message);
    }
    StageKey key = reader.stage().key();
    StageKind kind = reader.stage().kind();
    return reader.attemptsLeft() > 1
        ? new SweepEvent.ArtifactLost(lease, key, kind, input)
        : new SweepEvent.StageFailed(lease, key, kind, Outcome.FailureKind.INTERNAL, message);
  }

  /** Another attempt where there is one left and it may end otherwise. */
  private static SweepEvent failed(StageState stage, long lease, Outcome.Failed failed) {
    StageKey key = stage.stage().key();
    return failed.kind().retryable() && stage.attemptsLeft() > 1
        ? new SweepEvent.StageRetried(
            lease, key, stage.stage().kind(), failed.kind(), failed.message())
        : new SweepEvent.StageFailed(
            lease, key, stage.stage().kind(), failed.kind(), failed.message());
  }

  /** A worker goes, in order, and gives up what it is at. */
  public static List<SweepEvent> left(CoordinatorState state, WorkerId worker) {
    List<SweepEvent> events =
        held(state, worker).map(lease -> voided(state, lease, "the worker left")).stream().toList();
    return Consequences.of(state, events);
  }

  /**
   * Nothing was heard of leases.
   *
   * @param seconds for how long
   */
  public static List<SweepEvent> expire(CoordinatorState state, Set<Long> leases, long seconds) {
    List<SweepEvent> events =
        state.leases().values().stream()
            .filter(lease -> leases.contains(lease.id()))
            .map(lease -> expired(state.stage(lease.stage()).orElseThrow(), lease.id(), seconds))
            .toList();
    return Consequences.of(state, events);
  }

  /**
   * Attempts that have taken longer than their sweep allows.
   *
   * @param since when each lease's task began
   */
  public static List<SweepEvent> overdue(
      CoordinatorState state, Map<Long, Instant> since, Instant now) {
    List<SweepEvent> events = new ArrayList<>();
    for (Lease lease : state.leases().values()) {
      StageState stage = state.stage(lease.stage()).orElseThrow();
      timeout(state, lease, stage.stage().kind())
          .filter(limit -> since.getOrDefault(lease.id(), now).plus(limit).isBefore(now))
          .map(limit -> failed(stage, lease.id(), late(lease, stage.stage().kind(), limit)))
          .ifPresent(events::add);
    }
    return Consequences.of(state, events);
  }

  private static Optional<Duration> timeout(CoordinatorState state, Lease lease, StageKind kind) {
    return Optional.ofNullable(state.owners().get(lease.id()))
        .map(state.sweeps()::get)
        .map(sweep -> sweep.plan().timeouts().get(kind));
  }

  private static Outcome.Failed late(Lease lease, StageKind kind, Duration limit) {
    return new Outcome.Failed(
        Outcome.FailureKind.INTERNAL,
        String.format(
            "it took longer on %s than the %d s that the sweep allows (timeouts.%s)",
            lease.worker().name(), limit.toSeconds(), kind.label()));
  }

  /** Without an attempt left, a stage is not waited for any more. */
  private static SweepEvent expired(StageState stage, long lease, long seconds) {
    StageKey key = stage.stage().key();
    StageKind kind = stage.stage().kind();
    return stage.attemptsLeft() > 0
        ? new SweepEvent.LeaseExpired(lease, key, kind, seconds)
        : new SweepEvent.StageFailed(
            lease,
            key,
            kind,
            Outcome.FailureKind.INTERNAL,
            "the processes that ran it ended: "
                + stage.lastWords()
                + "; the last sent no heartbeat for "
                + seconds
                + " s");
  }

  static SweepEvent voided(CoordinatorState state, Lease lease, String reason) {
    return new SweepEvent.LeaseVoided(
        lease.id(), lease.stage(), state.stage(lease.stage()).orElseThrow().stage().kind(), reason);
  }
}
