package dev.secateur.coordinator.disk;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be removed, and what must be kept whatever its age.
 *
 * @param unused for how long what is removed must be unused; all else stays
 * @param dryRun whether files are only counted
 * @param asOf the number of the last event that the other components take into account; a sweep
 *     with a later plan counts as existing and unfinished
 * @param known existing sweeps, ended ones too: what they need is kept
 * @param unfinished those of them that have not ended
 * @param inWork leased stages and their inputs
 */
public record Cleaning(
    Map<Disposable, Duration> unused,
    boolean dryRun,
    Scope scope,
    long asOf,
    Set<SweepId> known,
    Set<SweepId> unfinished,
    Set<StageKey> inWork) {

  /** Whose things are considered. */
  public sealed interface Scope {
    /** Whether those of this sweep are. */
    boolean contains(SweepId sweep);
  }

  /** Those of all sweeps, and of none. */
  public record Everything() implements Scope {
    @Override
    public boolean contains(SweepId sweep) {
      return true;
    }
  }

  /** Only what a deleted sweep needed. */
  public record Only(SweepId deleted) implements Scope {
    @Override
    public boolean contains(SweepId sweep) {
      return sweep.equals(deleted);
    }
  }

  /**
   * What a coordinator knows when it has something removed.
   *
   * @param asOf the number of the last event that the state has
   */
  public record Known(CoordinatorState state, long asOf) {}

  /** Everything that is not needed and that was not used for so long. */
  public static Cleaning all(Known state, Duration olderThan, boolean dryRun) {
    Map<Disposable, Duration> unused =
        Map.of(
            Disposable.ARTIFACTS, olderThan,
            Disposable.LOGS, olderThan,
            Disposable.LEFTOVERS, olderThan);
    return of(state, unused, dryRun, new Everything());
  }

  /** What goes by itself. */
  public static Cleaning by(Retention retention, Known state) {
    Map<Disposable, Duration> unused = new HashMap<>(retention.limits());
    unused.remove(Disposable.SWEEPS); // they are deleted one by one
    unused.put(Disposable.LEFTOVERS, Duration.ZERO);
    return of(state, unused, false, new Everything());
  }

  /** What only that sweep needs, and its results. */
  public static Cleaning after(SweepId sweep, Known state, boolean dryRun) {
    return of(state, Map.of(Disposable.ARTIFACTS, Duration.ZERO), dryRun, new Only(sweep));
  }

  private static Cleaning of(
      Known now, Map<Disposable, Duration> unused, boolean dryRun, Scope scope) {
    CoordinatorState state = now.state();
    Set<SweepId> known = new HashSet<>(state.sweeps().keySet());
    known.addAll(state.finished().keySet());
    known.addAll(state.unreported().keySet());
    if (dryRun && scope instanceof Only only) {
      known.remove(only.deleted()); // as if it were gone
    }
    return new Cleaning(
        Map.copyOf(unused),
        dryRun,
        scope,
        now.asOf(),
        Set.copyOf(known),
        Set.copyOf(state.sweeps().keySet()),
        inWork(state));
  }

  /** For how long these must be unused, if they are removed. */
  public Optional<Duration> unused(Disposable what) {
    return Optional.ofNullable(unused.get(what));
  }

  private static Set<StageKey> inWork(CoordinatorState state) {
    Set<StageKey> keys = new HashSet<>();
    for (Lease lease : state.leases().values()) {
      keys.add(lease.stage());
      state
          .stage(lease.stage())
          .map(known -> known.stage())
          .map(Stage::inputs)
          .ifPresent(keys::addAll);
    }
    return Set.copyOf(keys);
  }
}
