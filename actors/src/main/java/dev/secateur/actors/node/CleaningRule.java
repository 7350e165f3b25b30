package dev.secateur.actors.node;

import dev.secateur.coordinator.disk.Cleaning;
import dev.secateur.coordinator.disk.Disposable;
import dev.secateur.coordinator.disk.NeededStages;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The rule for what is removed and what is kept, wherever it is. */
final class CleaningRule {
  private final Cleaning what;
  private final NeededStages plans;
  private final Instant now;
  private final Set<SweepId> known;
  private final Set<SweepId> open;
  private Set<StageKey> needed;
  private Set<StageKey> goingOn;

  /**
   * @param plans as the journal tells them
   */
  CleaningRule(Cleaning what, NeededStages plans, Instant now) {
    this.what = what;
    this.plans = plans;
    this.now = now;
    this.known = new HashSet<>(what.known());
    this.open = new HashSet<>(what.unfinished());
    readOn();
  }

  /** Sweeps that were submitted since this began need theirs too. */
  void readOn() {
    Set<SweepId> more = plans.readOn(what.asOf());
    known.addAll(more);
    open.addAll(more);
    needed = plans.of(known);
    needed.addAll(what.inWork());
    goingOn = plans.of(open);
  }

  boolean isNotNeeded(StageKey key, Instant used) {
    return !needed.contains(key)
        && isOfDeleted(key)
        && what.unused(Disposable.ARTIFACTS).filter(unused -> isOver(unused, used)).isPresent();
  }

  /** Where one sweep is deleted, what it did not need is not looked at. */
  private boolean isOfDeleted(StageKey key) {
    if (what.scope() instanceof Cleaning.Only only) {
      NeededStages.Planned plan = plans.plans().get(only.deleted());
      return plan != null && plan.stages().contains(key);
    }
    return true;
  }

  /** What is unfinished, or a state that no training resumes from. */
  boolean isLeftBehind(Leftovers.Kind kind, Instant used) {
    return isAbandoned(Disposable.LEFTOVERS, used)
        && !(kind instanceof Leftovers.State state && mayResume(state));
  }

  /** A training that has ended, or that no sweep needs, does not resume from its state. */
  private boolean mayResume(Leftovers.State state) {
    return what.inWork().contains(state.stage())
        || !state.done() && goingOn.contains(state.stage());
  }

  /** Of a node that does not run. */
  boolean isOldLog(Instant written) {
    return isAbandoned(Disposable.LOGS, written);
  }

  /** What was used just now is perhaps being used still, or its node started again. */
  private boolean isAbandoned(Disposable sort, Instant used) {
    return isOver(Leftovers.LEFT_BEHIND, used)
        && what.unused(sort).filter(unused -> isOver(unused, used)).isPresent();
  }

  private boolean isOver(Duration unused, Instant used) {
    return !used.isAfter(now.minus(unused));
  }

  /** Of sweeps that the journal tells of and that were deleted. */
  boolean isDeleted(SweepId sweep) {
    return !known.contains(sweep)
        && what.unused(Disposable.ARTIFACTS).isPresent()
        && what.scope().contains(sweep);
  }

  /** The sweeps that the journal tells of, deleted ones too. */
  Map<SweepId, NeededStages.Planned> plans() {
    return plans.plans();
  }
}
