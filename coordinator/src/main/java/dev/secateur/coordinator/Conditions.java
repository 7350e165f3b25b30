package dev.secateur.coordinator;

import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.DiskNeeds;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.protocol.DiskNeed;
import dev.secateur.protocol.DiskRoom;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerSummary.Condition;
import dev.secateur.protocol.WorkerSummary.Problem;
import dev.secateur.protocol.WorkerSummary.State;
import dev.secateur.protocol.WorkerSummary.Well;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Problems of workers: too little room on a disk, or failures in a row. Not journalled; another
 * coordinator detects them again. Each change is reported once.
 */
final class Conditions {
  private final FailureRun.Rule rule;
  private final Consumer<Notice> notices;
  private final Map<String, FailureRun> failures = new HashMap<>();
  private final Map<String, Condition> now = new HashMap<>();

  Conditions(FailureRun.Rule rule, Consumer<Notice> notices) {
    this.rule = rule;
    this.notices = notices;
  }

  /** How the worker of that name is. */
  Condition of(String worker) {
    return now.getOrDefault(worker, new Well());
  }

  boolean isAside(String worker) {
    return of(worker).problem().filter(one -> one.state() == State.PUT_ASIDE).isPresent();
  }

  /** How a task ended under a lease that is held. */
  void ended(CoordinatorState state, WorkProtocol.Report report, Instant at) {
    StageKey stage = state.lease(report.lease()).orElseThrow().stage();
    StageKind kind = state.stage(stage).orElseThrow().stage().kind();
    ended(report.worker().name(), stage, kind, report.outcome(), at);
  }

  /** How a task ended; what is wrong with what the user gave says nothing of the worker. */
  void ended(String worker, StageKey stage, StageKind kind, Outcome outcome, Instant at) {
    if (outcome instanceof Outcome.Succeeded) {
      failures.remove(worker);
      if (isAside(worker)) { // what its disk lacks is seen when it waits
        tell(worker, new Well());
      }
    } else if (outcome instanceof Outcome.Failed failed
        && failed.kind() == Outcome.FailureKind.INTERNAL) {
      failed(worker, stage, kind, failed.message(), at);
    }
  }

  /** That a worker's process ended at a stage, as the events say; each stage counts once. */
  void crashed(String worker, List<SweepEvent> events, Instant at) {
    Set<StageKey> counted = new HashSet<>();
    for (SweepEvent event : events) {
      if (event instanceof SweepEvent.OfStage of && !counted.add(of.stage())) {
        continue;
      }
      if (event instanceof SweepEvent.StageRetried retried) {
        failed(worker, retried.stage(), retried.kind(), retried.message(), at);
      } else if (event instanceof SweepEvent.StageFailed last) {
        failed(worker, last.stage(), last.kind(), last.message(), at);
      } else if (event instanceof SweepEvent.WorkerCrashed crash) {
        failed(worker, crash.stage(), crash.kind(), crash.lastWords(), at);
      }
    }
  }

  private void failed(String worker, StageKey stage, StageKind kind, String message, Instant at) {
    FailureRun run =
        failures.getOrDefault(worker, FailureRun.NONE).and(stage, kind, message, at, rule);
    failures.put(worker, run);
    if (run.isAside(at)) {
      tell(worker, new Problem(State.PUT_ASIDE, reason(run)));
    }
  }

  private static String reason(FailureRun run) {
    return String.format(
        Locale.ROOT,
        "%d stages of different kinds failed there in a row, the last: %s; it gets no stage"
            + " until %s",
        run.failed().size(),
        run.last(),
        run.until().truncatedTo(ChronoUnit.SECONDS));
  }

  /**
   * Workers whose time is over come back. All but some are forgotten, but for those that are put
   * aside and may be started again.
   */
  void passed(Set<String> workers, Instant at) {
    failures.forEach(
        (worker, run) -> {
          if (isAside(worker) && !run.isAside(at)) {
            tell(worker, new Well());
          }
        });
    failures.entrySet().removeIf(e -> !workers.contains(e.getKey()) && !e.getValue().isAside(at));
    now.keySet().removeIf(worker -> !workers.contains(worker) && !isAside(worker));
  }

  /** Looks whether workers that still wait do so because of their disks. */
  void look(
      CoordinatorState state,
      List<Assignments.Candidate> idle,
      Collection<Assignments.Candidate> workers) {
    DiskNeeds needs = DiskNeeds.asToldBy(workers);
    for (Assignments.Candidate worker : idle) {
      String name = worker.id().name();
      if (!isAside(name)) {
        tell(
            name,
            worker
                .capabilities()
                .disk()
                .room()
                .flatMap(room -> need(state, worker, room, needs))
                .<Condition>map(reason -> new Problem(State.LOW_DISK, reason))
                .orElseGet(Well::new));
      }
    }
  }

  private static Optional<String> need(
      CoordinatorState state, Assignments.Candidate worker, DiskRoom room, DiskNeeds needs) {
    if (!room.has(DiskNeed.LEAST)) {
      return Optional.of(free(room));
    }
    return Assignments.lacksRoom(state, worker, needs)
        .map(
            stage ->
                free(room)
                    + ", and "
                    + stage.kind().label()
                    + " may write "
                    + mebibytes(needs.of(stage.spec())));
  }

  private static String free(DiskRoom room) {
    return room.path()
        + " has "
        + mebibytes(room.free())
        + " free, of which "
        + mebibytes(room.reserve())
        + " are kept in reserve";
  }

  private static String mebibytes(long bytes) {
    return (bytes >> 20) + " MiB";
  }

  private void tell(String worker, Condition condition) {
    Optional<State> was = of(worker).problem().map(Problem::state);
    now.put(worker, condition);
    Optional<Problem> problem = condition.problem();
    if (was.equals(problem.map(Problem::state))) {
      return;
    }
    problem.ifPresentOrElse(
        one ->
            notices.accept(
                new Notice(
                    "coordinator",
                    "worker-" + one.state().label(),
                    Map.of("worker", worker, "reason", one.reason()))),
        () ->
            notices.accept(
                new Notice(
                    "coordinator",
                    "worker-well",
                    Map.of("worker", worker, "was", was.map(State::label).orElse("")))));
  }
}
