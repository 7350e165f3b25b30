package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.WorkerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Decides which stages go to the waiting workers: the ready stages, in order of the plan, of the
 * sweep that has the fewest tasks relative to its priority; of equal ones, the one submitted first.
 * Within that sweep a worker first gets a stage whose model it holds. A stage that failed on a
 * worker waits for another worker that can do it and that it has not failed on, if there is one. A
 * stage that needs more memory or disk space than a worker has waits for a larger one. A worker
 * gets nothing from a sweep that is planned for another version of the code.
 */
public final class Assignments {
  /** How many ready stages are looked through for one whose model a worker holds. */
  private static final int LOOK_AHEAD = 500;

  private final List<SweepEvent.StageLeased> leases = new ArrayList<>();
  private final Collection<Candidate> workers;
  private final DiskNeeds disk;
  private CoordinatorState state;

  /** A worker that tasks may be given to. */
  public record Candidate(WorkerId id, Capabilities capabilities) {}

  private Assignments(CoordinatorState state, Collection<Candidate> workers) {
    this.state = state;
    this.workers = workers;
    this.disk = DiskNeeds.asToldBy(workers);
  }

  /**
   * @param idle the workers that wait, the one that waits longest first
   * @param workers all that were heard of lately
   */
  public static List<SweepEvent.StageLeased> of(
      CoordinatorState state, List<Candidate> idle, Collection<Candidate> workers) {
    Assignments assignments = new Assignments(state, workers);
    List<Candidate> rest = idle.stream().filter(one -> !assignments.assign(one, true)).toList();
    rest.forEach(one -> assignments.assign(one, false));
    return List.copyOf(assignments.leases);
  }

  /**
   * A ready stage of an unfinished sweep that needs more memory than any of the workers has; it
   * waits for one that has it.
   */
  public static Optional<Stage> tooLarge(CoordinatorState state, Collection<Candidate> workers) {
    return state.sweeps().values().stream()
        .filter(sweep -> sweep.status() == SweepStatus.RUNNING)
        .flatMap(sweep -> sweep.ready().stream().limit(1).map(sweep.index()::stage))
        .filter(stage -> !workers.isEmpty())
        .filter(
            stage -> workers.stream().noneMatch(worker -> hasMemory(worker.capabilities(), stage)))
        .findFirst();
  }

  /**
   * A ready stage of an unfinished sweep that must run on a device that none of the workers has.
   */
  public static Optional<Stage> withoutDevice(
      CoordinatorState state, Collection<Candidate> workers) {
    return running(state)
        .flatMap(sweep -> sweep.ready().stream().limit(LOOK_AHEAD).map(sweep.index()::stage))
        .filter(stage -> stage.spec().device().isPresent() && !workers.isEmpty())
        .filter(
            stage ->
                workers.stream()
                    .noneMatch(one -> one.capabilities().isOn(stage.spec().device().orElseThrow())))
        .findFirst();
  }

  /**
   * A ready stage of an unfinished sweep that none of the workers has room for on its disk, though
   * its memory does.
   */
  public static Optional<Stage> withoutRoom(CoordinatorState state, Collection<Candidate> workers) {
    DiskNeeds needs = DiskNeeds.asToldBy(workers);
    return running(state)
        .flatMap(sweep -> sweep.ready().stream().limit(1).map(sweep.index()::stage))
        .filter(stage -> workers.stream().anyMatch(one -> hasMemory(one.capabilities(), stage)))
        .filter(
            stage ->
                workers.stream()
                    .filter(one -> hasMemory(one.capabilities(), stage))
                    .noneMatch(one -> needs.fits(stage, one.capabilities())))
        .findFirst();
  }

  /**
   * A ready stage that a worker could do if its disk had more room.
   *
   * @param needs as all workers tell
   */
  public static Optional<Stage> lacksRoom(
      CoordinatorState state, Candidate worker, DiskNeeds needs) {
    return running(state)
        .filter(sweep -> isOfVersion(worker, sweep))
        .flatMap(sweep -> sweep.ready().stream().limit(LOOK_AHEAD).map(sweep.index()::stage))
        .filter(stage -> hasMemory(worker.capabilities(), stage))
        .filter(stage -> computes(worker.capabilities(), stage))
        .filter(stage -> !needs.fits(stage, worker.capabilities()))
        .findFirst();
  }

  private static Stream<SweepState> running(CoordinatorState state) {
    return state.sweeps().values().stream().filter(sweep -> sweep.status() == SweepStatus.RUNNING);
  }

  /** A sweep with a ready stage, for the code version of which there is no worker. */
  public static Optional<SweepState> ofOtherVersion(
      CoordinatorState state, Collection<Candidate> workers) {
    return state.sweeps().values().stream()
        .filter(sweep -> sweep.status() == SweepStatus.RUNNING && !sweep.ready().isEmpty())
        .filter(sweep -> !workers.isEmpty())
        .filter(sweep -> workers.stream().noneMatch(worker -> isOfVersion(worker, sweep)))
        .findFirst();
  }

  private static boolean isOfVersion(Candidate worker, SweepState sweep) {
    return worker.capabilities().codeVersion().equals(sweep.plan().codeVersion());
  }

  private boolean assign(Candidate idle, boolean heldOnly) {
    if (state.draining().contains(idle.id())
        || heldOnly && idle.capabilities().models().isEmpty()) {
      return false;
    }
    Optional<SweepEvent.StageLeased> lease =
        state.sweeps().values().stream()
            .filter(sweep -> sweep.status() == SweepStatus.RUNNING && isOfVersion(idle, sweep))
            .sorted(Comparator.comparingDouble(this::share))
            .filter(sweep -> first(sweep, idle, Long.MAX_VALUE, stage -> true).isPresent())
            .findFirst()
            .flatMap(
                sweep ->
                    (heldOnly
                            ? first(sweep, idle, LOOK_AHEAD, stage -> holds(idle, stage))
                            : first(sweep, idle, Long.MAX_VALUE, stage -> true))
                        .map(stage -> lease(sweep, stage, idle)));
    lease.ifPresent(
        event -> {
          leases.add(event);
          state = state.apply(event);
        });
    return lease.isPresent();
  }

  /** A sweep's tasks, measured by its priority. */
  private double share(SweepState sweep) {
    return (double) state.running(sweep.id()) / sweep.submission().priority();
  }

  private Optional<Stage> first(
      SweepState sweep, Candidate idle, long lookAhead, Predicate<Stage> wanted) {
    return sweep.ready().stream()
        .limit(lookAhead)
        .map(sweep.index()::stage)
        .filter(wanted)
        .filter(stage -> suits(sweep, stage, idle))
        .filter(stage -> isNeeded(sweep, stage.key()))
        .findFirst();
  }

  private SweepEvent.StageLeased lease(SweepState sweep, Stage stage, Candidate idle) {
    int attempt =
        sweep.plan().attempts() - state.stage(stage.key()).orElseThrow().attemptsLeft() + 1;
    Lease lease = new Lease(state.nextLease(), stage.key(), attempt, idle.id());
    return new SweepEvent.StageLeased(sweep.id(), lease, stage.kind());
  }

  private boolean suits(SweepState sweep, Stage stage, Candidate idle) {
    return canDo(stage, idle)
        && (isNewTo(stage, idle)
            || workers.stream()
                .filter(other -> isOfVersion(other, sweep))
                .noneMatch(other -> isNewTo(stage, other) && canDo(stage, other)));
  }

  private boolean canDo(Stage stage, Candidate worker) {
    return !state.draining().contains(worker.id())
        && hasMemory(worker.capabilities(), stage)
        && disk.fits(stage, worker.capabilities())
        && computes(worker.capabilities(), stage);
  }

  /** Whether a stage has not failed on a worker. */
  private boolean isNewTo(Stage stage, Candidate worker) {
    return !state.stage(stage.key()).orElseThrow().failedOn().contains(worker.id().name());
  }

  /**
   * Whether a worker's memory is enough for a stage; one that does not tell is taken to have it.
   */
  public static boolean hasMemory(Capabilities worker, Stage stage) {
    return worker.memory() == 0 || stage.memory().bytes() <= worker.memory();
  }

  private static boolean computes(Capabilities worker, Stage stage) {
    return stage.spec().precision().required().map(worker.precisions()::contains).orElse(true)
        && stage.spec().device().map(worker::isOn).orElse(true);
  }

  private static boolean holds(Candidate idle, Stage stage) {
    return idle.capabilities().models().contains(stage.spec().model().sha256());
  }

  private boolean isNeeded(SweepState sweep, StageKey stage) {
    RecoveryChoice choice = new RecoveryChoice(state, sweep);
    return sweep.index().trials(stage).stream()
        .anyMatch(
            trial ->
                !sweep.completed().containsKey(trial.index()) && choice.isWanted(trial, stage));
  }
}
