package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepStatus;
import dev.secateur.protocol.WorkerId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.OrderedPMap;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedSet;

/**
 * Everything the coordinator knows from the journal. Immutable; only a summary is kept of finished
 * sweeps.
 *
 * @param sweeps unfinished ones, in order of submission
 * @param finished summaries of those that have ended, in order of their ends
 * @param unreported those that have ended and whose results are not written yet
 * @param stages of the unfinished sweeps that something has happened to; {@link #stage} knows the
 *     others too
 * @param leases held, by id
 * @param owners for which sweep each lease was given
 * @param expired the lease that expired, by the name of a worker that has had none since: the final
 *     output of its process may still arrive
 * @param draining workers that get no more tasks
 * @param machines that stages were computed on, each once, so that the results of many stages share
 *     it
 * @param nextLease the id of the next lease; never used twice
 * @param indexes of the plans of sweeps
 */
public record CoordinatorState(
    PMap<SweepId, SweepState> sweeps,
    PMap<SweepId, FinishedSweep> finished,
    PMap<SweepId, EndedSweep> unreported,
    PMap<StageKey, StageState> stages,
    PMap<Long, Lease> leases,
    PMap<Long, SweepId> owners,
    PMap<String, Lease> expired,
    PSet<WorkerId> draining,
    PMap<Map<String, String>, Map<String, String>> machines,
    long nextLease,
    PlanIndexes indexes) {

  /** Before the first event. */
  public static CoordinatorState empty() {
    return new CoordinatorState(
        OrderedPMap.empty(),
        OrderedPMap.empty(),
        OrderedPMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePMap.empty(),
        HashTreePSet.empty(),
        HashTreePMap.empty(),
        1,
        new PlanIndexes());
  }

  /** The state after an event. */
  public CoordinatorState apply(SweepEvent event) {
    return event.as(new NextState(this));
  }

  CoordinatorState submitted(SweepEvent.SweepSubmitted event) {
    SweepState begun = SweepState.begun(event, indexes.of(event.plan()));
    return begin(begun, key -> false)
        .but(
            draft -> {
              draft.finished = finished.minus(event.sweep());
              draft.unreported = unreported.minus(event.sweep());
            });
  }

  CoordinatorState replanned(SweepEvent.SweepReplanned event) {
    SweepState sweep = sweeps.get(event.sweep());
    return inPlaceOf(sweep, sweep.anew(indexes.of(sweep.plan(), event)));
  }

  CoordinatorState extended(SweepEvent.SweepExtended event) {
    SweepState sweep = sweeps.get(event.sweep());
    return inPlaceOf(sweep, sweep.extended(event, indexes.of(event.plan())));
  }

  private CoordinatorState inPlaceOf(SweepState before, SweepState now) {
    return but(draft -> draft.sweeps = sweeps.plus(now.id(), now))
        .forget(before)
        .begin(now, before::needs);
  }

  /**
   * A sweep with those of its stages ready that wait for nothing. What had failed is retried, for
   * other sweeps that wait for it too.
   *
   * @param own the stages that were its own before; what is done of others was there already
   */
  private CoordinatorState begin(SweepState begun, Predicate<StageKey> own) {
    SweepState sweep = begun;
    PlanIndex index = begun.index();
    PMap<StageKey, StageState> all = stages;
    Set<Integer> places = new HashSet<>(index.roots());
    Set<StageKey> reset = new HashSet<>();
    for (StageState known : known(begun)) {
      StageKey key = known.stage().key();
      if (known.failure().isPresent()) {
        Stage stage = index.stage(index.place(key));
        all = all.plus(key, StageState.waiting(stage, begun.plan().attempts()));
        places.add(index.place(key));
        reset.add(key);
      } else if (known.result().isPresent()) {
        sweep = own.test(key) ? sweep.oneMoreDone() : sweep.oneMoreDone().found(key);
        places.addAll(index.readers(key));
      }
    }
    PSortedSet<Integer> ready = sweep.ready();
    for (int place : places) {
      if (isReady(index.stage(place), all)) {
        ready = ready.plus(place);
      }
    }
    PMap<SweepId, SweepState> more = sweeps.plus(begun.id(), sweep.ready(ready));
    PMap<StageKey, StageState> known = all;
    CoordinatorState changed =
        but(
            draft -> {
              draft.sweeps = more;
              draft.stages = known;
            });
    for (StageKey key : reset) {
      CoordinatorState before = changed;
      changed = before.eachThatNeeds(key, any -> before.withReady(any, key));
    }
    return changed;
  }

  private static boolean isReady(Stage stage, PMap<StageKey, StageState> stages) {
    StageState known = stages.get(stage.key());
    return (known == null || known.isWaiting())
        && stage.inputs().stream().allMatch(input -> isDone(stages.get(input)));
  }

  private static boolean isDone(StageState known) {
    return known != null && known.result().isPresent();
  }

  CoordinatorState leased(SweepEvent.StageLeased event) {
    Lease lease = event.lease();
    StageKey key = lease.stage();
    return but(draft -> {
          draft.stages = stages.plus(key, stageOf(key).leased(lease));
          draft.leases = leases.plus(lease.id(), lease);
          draft.owners = owners.plus(lease.id(), event.sweep());
          draft.expired = expired.minus(lease.worker().name());
          draft.nextLease = Math.max(nextLease, lease.id() + 1);
        })
        .eachThatNeeds(key, sweep -> sweep.ready(sweep.ready().minus(sweep.index().place(key))));
  }

  CoordinatorState ended(long lease, StageKey key, UnaryOperator<StageState> change) {
    boolean needed = sweeps.values().stream().anyMatch(sweep -> sweep.needs(key));
    return but(
        draft -> {
          draft.stages = needed ? stages.plus(key, change.apply(stageOf(key))) : stages.minus(key);
          draft.leases = leases.minus(lease);
          draft.owners = owners.minus(lease);
        });
  }

  CoordinatorState readyAgain(StageKey key) {
    return eachThatNeeds(key, sweep -> sweep.ready(sweep.ready().plus(sweep.index().place(key))));
  }

  /** After a stage is done, what only waited for it. */
  CoordinatorState readersReady(StageKey key) {
    return eachThatNeeds(
        key,
        sweep -> {
          PSortedSet<Integer> ready = sweep.ready();
          for (int place : sweep.index().readers(key)) {
            if (isReady(sweep.index().stage(place), stages)) {
              ready = ready.plus(place);
            }
          }
          return sweep.ready(ready).oneMoreDone();
        });
  }

  /** After an artifact is lost: its stage is to be done again before what reads it. */
  CoordinatorState lost(StageKey key) {
    if (!stages.containsKey(key)) {
      return this;
    }
    CoordinatorState without = withStage(stages.get(key).again());
    return without.eachThatNeeds(
        key,
        sweep -> {
          PSortedSet<Integer> ready = sweep.ready();
          for (int place : sweep.index().readers(key)) {
            ready = ready.minus(place);
          }
          return without.withReady(sweep.ready(ready), key).oneLessDone(key);
        });
  }

  CoordinatorState retried(SweepEvent.TrialsRetried event) {
    SweepState sweep = sweeps.get(event.sweep());
    CoordinatorState changed = with(event.sweep(), any -> any.without(event.trials()));
    Set<Integer> trials = new HashSet<>(event.trials());
    for (StageState known : known(sweep)) {
      StageKey key = known.stage().key();
      if (known.failure().isPresent()
          && sweep.index().trials(key).stream().anyMatch(t -> trials.contains(t.index()))) {
        CoordinatorState again =
            changed.withStage(StageState.waiting(known.stage(), sweep.plan().attempts()));
        changed = again.eachThatNeeds(key, any -> again.withReady(any, key));
      }
    }
    return changed;
  }

  private SweepState withReady(SweepState sweep, StageKey key) {
    int place = sweep.index().place(key);
    return isReady(sweep.index().stage(place), stages)
        ? sweep.ready(sweep.ready().plus(place))
        : sweep;
  }

  CoordinatorState withStage(StageState stage) {
    return but(draft -> draft.stages = stages.plus(stage.stage().key(), stage));
  }

  private CoordinatorState eachThatNeeds(StageKey key, UnaryOperator<SweepState> change) {
    CoordinatorState changed = this;
    for (SweepState sweep : sweeps.values()) {
      if (sweep.needs(key)) {
        changed = changed.with(sweep.id(), change);
      }
    }
    return changed;
  }

  CoordinatorState with(SweepId id, UnaryOperator<SweepState> change) {
    return but(draft -> draft.sweeps = sweeps.plus(id, change.apply(sweeps.get(id))));
  }

  CoordinatorState finish(SweepId id, SweepStatus status) {
    SweepState sweep = sweeps.get(id);
    Map<StageKey, StageState.Result> results = results(sweep);
    return but(draft -> {
          draft.sweeps = sweeps.minus(id);
          draft.finished = finished.plus(id, FinishedSweep.of(sweep, status));
          draft.unreported = unreported.plus(id, new EndedSweep(sweep, results));
        })
        .forget(sweep);
  }

  /** Without the stages of a sweep that is gone by now, but for those that others need. */
  private CoordinatorState forget(SweepState sweep) {
    Map<StageKey, StageState> gone = new HashMap<>();
    for (StageState known : known(sweep)) {
      StageKey key = known.stage().key();
      boolean needed = sweeps.values().stream().anyMatch(other -> other.needs(key));
      if (!needed && known.lease().isEmpty()) {
        gone.put(key, known);
      }
    }
    PMap<StageKey, StageState> left = without(gone.keySet());
    return but(
        draft -> {
          draft.stages = left;
          for (Lease lease : expired.values()) {
            if (!left.containsKey(lease.stage())) {
              draft.expired = draft.expired.minus(lease.worker().name());
            }
          }
        });
  }

  String worker(long lease) {
    return leases.get(lease).worker().name();
  }

  /** This state, but for a change. */
  CoordinatorState but(Consumer<StateDraft> change) {
    StateDraft draft = new StateDraft(this);
    change.accept(draft);
    return draft.state();
  }

  /** The lease of that id, if it is held. */
  public Optional<Lease> lease(long id) {
    return Optional.ofNullable(leases.get(id));
  }

  /** A stage of an unfinished sweep, or one whose lease is held still. */
  public Optional<StageState> stage(StageKey key) {
    StageState known = stages.get(key);
    return known != null
        ? Optional.of(known)
        : sweeps.values().stream()
            .filter(sweep -> sweep.needs(key))
            .findFirst()
            .map(
                sweep ->
                    StageState.waiting(
                        sweep.index().stage(sweep.index().place(key)), sweep.plan().attempts()));
  }

  StageState stageOf(StageKey key) {
    return stage(key).orElseThrow();
  }

  /** The stages of a sweep that have a state. */
  List<StageState> known(SweepState sweep) {
    List<Stage> planned = sweep.plan().stages();
    return stages.size() < planned.size()
        ? stages.values().stream().filter(known -> sweep.needs(known.stage().key())).toList()
        : planned.stream().map(stage -> stages.get(stage.key())).filter(Objects::nonNull).toList();
  }

  /** The stages but for some; whichever is less work. */
  private PMap<StageKey, StageState> without(Set<StageKey> gone) {
    if (2 * gone.size() < stages.size()) {
      return stages.minusAll(gone);
    }
    Map<StageKey, StageState> left = new HashMap<>(stages);
    left.keySet().removeAll(gone);
    return HashTreePMap.from(left);
  }

  /** The results of a sweep's stages so far; what was there before it counts as reused. */
  public Map<StageKey, StageState.Result> results(SweepState sweep) {
    Map<StageKey, StageState.Result> results = new HashMap<>();
    for (StageState known : known(sweep)) {
      StageKey key = known.stage().key();
      known
          .result()
          .map(result -> sweep.found().contains(key) ? result.asReused() : result)
          .ifPresent(result -> results.put(key, result));
    }
    return results;
  }

  /** How many leases were given for a sweep and are held. */
  public int running(SweepId sweep) {
    return (int) owners.values().stream().filter(sweep::equals).count();
  }
}
