package dev.secateur.coordinator.events;

import dev.secateur.coordinator.plan.Replanning;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The plans of sweeps, as in the journal. Remembers which of its events belong to which sweep, so
 * that each is read only once for that. Waits for the journal; thread-safe.
 */
public final class Plans {
  private final EventJournal journal;
  private final Map<Long, SweepId> owners = new ConcurrentHashMap<>();

  public Plans(EventJournal journal) {
    this.journal = journal;
  }

  /** The numbers of the events that say what a sweep has planned, the first first. */
  public List<Long> numbers(SweepId sweep) {
    List<Long> numbers = new ArrayList<>();
    for (long number : journal.plans(Long.MAX_VALUE)) {
      if (owners.computeIfAbsent(number, this::owner).equals(sweep)) {
        numbers.add(number);
      }
    }
    Collections.reverse(numbers);
    return numbers;
  }

  private SweepId owner(long number) {
    return ((SweepEvent.OfSweep) at(number)).sweep();
  }

  private SweepEvent at(long number) {
    List<SweepEvent> read = new ArrayList<>(1);
    journal.read(number, number, event -> read.add(event.event()));
    return read.get(0);
  }

  /** What a sweep has planned by now, if there was one of that id. */
  public Optional<SweepPlan> of(SweepId sweep) {
    return numbers(sweep).isEmpty() ? Optional.empty() : new JournalPlans(journal).of(sweep);
  }

  /** What its sweep has planned after an event. */
  public static Optional<SweepPlan> after(SweepEvent event, Optional<SweepPlan> before) {
    return event.as(
        new SweepEventCases.Some<Optional<SweepPlan>>() {
          @Override
          public Optional<SweepPlan> sweepSubmitted(SweepEvent.SweepSubmitted submitted) {
            return Optional.of(submitted.plan());
          }

          @Override
          public Optional<SweepPlan> sweepExtended(SweepEvent.SweepExtended extended) {
            return Optional.of(extended.plan());
          }

          @Override
          public Optional<SweepPlan> sweepReplanned(SweepEvent.SweepReplanned replanned) {
            return before.map(plan -> Replanning.plan(plan, replanned));
          }

          /** Does not change what is planned. */
          @Override
          public Optional<SweepPlan> otherwise(SweepEvent other) {
            return before;
          }
        });
  }
}
