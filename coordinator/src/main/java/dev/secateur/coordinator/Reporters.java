package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.EndedSweep;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.track.Tracker;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepId;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The coordinator's children that write results: one per sweep, until its last results are written.
 */
final class Reporters {
  private final ActorContext<CoordinatorMessage> context;
  private final Reporting reporting;
  private final Tracker tracker;
  private final Map<SweepId, ActorRef<Object>> bySweep = new HashMap<>();

  /**
   * @param tracker tells those outside
   */
  Reporters(ActorContext<CoordinatorMessage> context, Reporting reporting, Tracker tracker) {
    this.context = context;
    this.tracker = tracker;
    this.reporting = reporting;
  }

  /** Starts those of the sweeps that an earlier life of the coordinator left behind. */
  void recovered(CoordinatorState state) {
    state.sweeps().keySet().forEach(sweep -> begin(sweep, state));
    state
        .unreported()
        .values()
        .forEach(ended -> start(ended.sweep(), ended.results()).tell(SweepReporter.End.NOW));
    tracker.resume(
        state.finished().values().stream()
            .map(ended -> ended.summary())
            .filter(ended -> !state.unreported().containsKey(ended.sweep()))
            .map(ended -> Path.of(ended.runFolder()))
            .toList());
  }

  /**
   * @param state after the event, and those that were journalled with it
   */
  void tell(SweepEvent event, CoordinatorState state) {
    event.as(new Told(state)).run();
  }

  /** All reporters hear of every event; some begin or end one. */
  private final class Told implements SweepEventCases.Some<Runnable> {
    private final CoordinatorState state;

    private Told(CoordinatorState state) {
      this.state = state;
    }

    @Override
    public Runnable sweepSubmitted(SweepEvent.SweepSubmitted event) {
      return begun(event);
    }

    @Override
    public Runnable sweepReplanned(SweepEvent.SweepReplanned event) {
      return begun(event);
    }

    @Override
    public Runnable sweepExtended(SweepEvent.SweepExtended event) {
      return begun(event);
    }

    private Runnable begun(SweepEvent.OfSweep event) {
      return () -> {
        begin(event.sweep(), state);
        tellAll(event);
      };
    }

    @Override
    public Runnable sweepDeleted(SweepEvent.SweepDeleted event) {
      return ended(event);
    }

    @Override
    public Runnable resultsWritten(SweepEvent.ResultsWritten event) {
      return ended(event);
    }

    private Runnable ended(SweepEvent.OfSweep event) {
      return () -> {
        tellAll(event);
        Optional.ofNullable(bySweep.remove(event.sweep())).ifPresent(context::stop);
      };
    }

    @Override
    public Runnable otherwise(SweepEvent event) {
      return () -> tellAll(event);
    }

    private void tellAll(SweepEvent event) {
      bySweep.values().forEach(reporter -> reporter.tell(event));
    }
  }

  /** One that was there already may be all done. */
  private void begin(SweepId id, CoordinatorState state) {
    SweepState sweep = state.sweeps().get(id);
    EndedSweep ended = state.unreported().get(id);
    if (sweep != null) {
      start(sweep, state.results(sweep));
    } else if (ended != null) {
      start(ended.sweep(), ended.results());
    }
  }

  private ActorRef<Object> start(SweepState sweep, Map<StageKey, StageState.Result> results) {
    ActorRef<Object> reporter =
        context.spawnAnonymous(
            SweepReporter.create(sweep, results, reporting, tracker, context.getSelf()),
            DispatcherSelector.blocking());
    Optional.ofNullable(bySweep.put(sweep.id(), reporter)).ifPresent(context::stop);
    return reporter;
  }
}
