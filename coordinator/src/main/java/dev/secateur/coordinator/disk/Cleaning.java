package dev.secateur.coordinator.disk;

import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What is to be removed, and what must be kept whatever its age.
 *
 * @param artifacts how long those that no sweep needs must be unused before removal; none is
 *     removed where absent
 * @param logs how long those of nodes that do not run must be unused before removal; none is
 *     removed where absent
 * @param leftovers how long leftovers must be untouched before removal, at least an hour; none is
 *     removed where absent
 * @param dryRun whether files are only counted
 * @param only the deleted sweep, if a single one was deleted: only what it needed is considered
 * @param asOf the number of the last event that the other components take into account; a sweep
 *     with a later plan counts as existing and unfinished
 * @param known existing sweeps, ended ones too: what they need is kept
 * @param unfinished those of them that have not ended
 * @param inWork leased stages and their inputs
 */
public record Cleaning(
    Optional<Duration> artifacts,
    Optional<Duration> logs,
    Optional<Duration> leftovers,
    boolean dryRun,
    Optional<SweepId> only,
    long asOf,
    Set<SweepId> known,
    Set<SweepId> unfinished,
    Set<StageKey> inWork) {

  /**
   * What a coordinator knows when it has something removed.
   *
   * @param asOf the number of the last event that the state has
   */
  public record Known(CoordinatorState state, long asOf) {}

  /** Everything that is not needed and that was not used for so long. */
  public static Cleaning all(Known state, Duration olderThan, boolean dryRun) {
    Optional<Duration> age = Optional.of(olderThan);
    return of(state, age, age, age, dryRun, Optional.empty());
  }

  /** What goes by itself. */
  public static Cleaning by(Retention retention, Known state) {
    return of(
        state,
        retention.artifacts(),
        retention.logs(),
        Optional.of(Duration.ZERO),
        false,
        Optional.empty());
  }

  /** What only that sweep needs, and its results. */
  public static Cleaning after(SweepId sweep, Known state, boolean dryRun) {
    return of(
        state,
        Optional.of(Duration.ZERO),
        Optional.empty(),
        Optional.empty(),
        dryRun,
        Optional.of(sweep));
  }

  private static Cleaning of(
      Known now,
      Optional<Duration> artifacts,
      Optional<Duration> logs,
      Optional<Duration> leftovers,
      boolean dryRun,
      Optional<SweepId> only) {
    CoordinatorState state = now.state();
    Set<SweepId> known = new HashSet<>(state.sweeps().keySet());
    known.addAll(state.finished().keySet());
    known.addAll(state.unreported().keySet());
    only.filter(sweep -> dryRun).ifPresent(known::remove); // as if it were gone
    return new Cleaning(
        artifacts,
        logs,
        leftovers,
        dryRun,
        only,
        now.asOf(),
        Set.copyOf(known),
        Set.copyOf(state.sweeps().keySet()),
        inWork(state));
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
