package dev.secateur.coordinator.events;

import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The plans of sweeps in the journal, ended ones too. Blocks. */
public final class JournalPlans {
  private final EventJournal journal;

  public JournalPlans(EventJournal journal) {
    this.journal = journal;
  }

  /** A sweep's plan as it is now. */
  public Optional<SweepPlan> of(SweepId sweep) {
    return of(sweep, Long.MAX_VALUE);
  }

  /**
   * A sweep's plan as it was.
   *
   * @param last the number of the last event that counts
   */
  Optional<SweepPlan> of(SweepId sweep, long last) {
    return plan(sweep, journal.plans(last).iterator());
  }

  private Optional<SweepPlan> plan(SweepId sweep, Iterator<Long> numbers) {
    while (numbers.hasNext()) {
      SweepEvent event = at(numbers.next());
      if (event instanceof SweepEvent.OfSweep one && one.sweep().equals(sweep)) {
        return event.as(new Plan(numbers));
      }
    }
    return Optional.empty();
  }

  private SweepEvent at(long number) {
    List<SweepEvent> read = new ArrayList<>(1);
    journal.read(number, number, event -> read.add(event.event()));
    return read.get(0);
  }

  /** The plan after an event. */
  private final class Plan implements SweepEventCases.Some<Optional<SweepPlan>> {
    private final Iterator<Long> before;

    private Plan(Iterator<Long> before) {
      this.before = before;
    }

    @Override
    public Optional<SweepPlan> sweepSubmitted(SweepEvent.SweepSubmitted event) {
      return Optional.of(event.plan());
    }

    @Override
    public Optional<SweepPlan> sweepExtended(SweepEvent.SweepExtended event) {
      return Optional.of(event.plan());
    }

    @Override
    public Optional<SweepPlan> sweepReplanned(SweepEvent.SweepReplanned event) {
      return plan(event.sweep(), before).map(plan -> Replanning.plan(plan, event));
    }

    /** Does not change what is planned. */
    @Override
    public Optional<SweepPlan> otherwise(SweepEvent event) {
      throw new IllegalArgumentException(event + " is no plan");
    }
  }
}
