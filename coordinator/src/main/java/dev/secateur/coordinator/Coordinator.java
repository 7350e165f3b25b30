package dev.secateur.coordinator;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.FinishedSweep;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.schedule.Views;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Directed;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.CoordinatorProtocol.Submitted;
import dev.secateur.protocol.JournalledEvent;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Owns sweeps, the ready queue and leases; one in the cluster. A thin shell: {@link Decisions} says
 * what a command means, the journal keeps it, and this actor answers, tells the event stream and
 * minds the clock.
 */
public final class Coordinator
    extends EventSourcedBehavior<CoordinatorMessage, SweepEvent, CoordinatorState> {

  /** Stop message of the singleton. */
  public enum Stop implements CoordinatorMessage {
    INSTANCE
  }

  private enum Tick implements CoordinatorMessage {
    INSTANCE
  }

  /**
   * @param lease how long a lease lives without a heartbeat
   * @param tick how often leases are looked at
   */
  public record Timing(Duration lease, Duration tick) {}

  private final ActorContext<CoordinatorMessage> context;
  private final Timing timing;
  private final InstantSource clock;
  private final Map<Long, Instant> heard = new HashMap<>();
  private final Roster roster = new Roster();
  private final Map<SweepId, ActorRef<SweepEvent>> reporters = new HashMap<>();

  private Coordinator(
      ActorContext<CoordinatorMessage> context, Timing timing, InstantSource clock) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(20), 0.1));
    this.context = context;
    this.timing = timing;
    this.clock = clock;
  }

  /**
   * @param clock what leases are measured with
   */
  public static Behavior<CoordinatorMessage> create(Timing timing, InstantSource clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                (TimerScheduler<CoordinatorMessage> timers) -> {
                  timers.startTimerWithFixedDelay(Tick.INSTANCE, timing.tick());
                  return new Coordinator(context, timing, clock);
                }));
  }

  @Override
  public CoordinatorState emptyState() {
    return CoordinatorState.empty();
  }

  @Override
  public CommandHandler<CoordinatorMessage, SweepEvent, CoordinatorState> commandHandler() {
    return newCommandHandlerBuilder()
        .forAnyState()
        .onCommand(Submit.class, this::submit)
        .onCommand(CoordinatorProtocol.ListSweeps.class, this::listSweeps)
        .onCommand(CoordinatorProtocol.ListWorkers.class, this::listWorkers)
        .onCommand(CoordinatorProtocol.Direct.class, this::direct)
        .onCommand(CoordinatorProtocol.Drain.class, this::drain)
        .onCommand(WorkProtocol.RequestWork.class, this::requestWork)
        .onCommand(WorkProtocol.Heartbeat.class, this::heartbeat)
        .onCommand(WorkProtocol.Report.class, this::report)
        .onCommand(WorkProtocol.Leave.class, this::leave)
        .onCommand(Tick.class, (state, tick) -> expire(state))
        .onCommand(Stop.class, (state, stop) -> Effect().stop())
        .build();
  }

  @Override
  public EventHandler<CoordinatorState, SweepEvent> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent(CoordinatorState::apply);
  }

  @Override
  public SignalHandler<CoordinatorState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .build();
  }

  private void recovered(CoordinatorState state) {
    state.sweeps().values().forEach(sweep -> startReporter(sweep, state));
    state.leases().keySet().forEach(lease -> heard.put(lease, clock.instant()));
  }

  private Effect<SweepEvent, CoordinatorState> submit(CoordinatorState state, Submit submit) {
    Optional<Submitted> known =
        Decisions.same(state, submit)
            .map(same -> new Submitted(same.id(), same.runFolder(), true))
            .or(
                () ->
                    Decisions.finished(state, submit)
                        .map(FinishedSweep::summary)
                        .map(same -> new Submitted(same.sweep(), same.runFolder(), true)));
    if (known.isPresent()) {
      List<SweepEvent> others = Decisions.others(state, submit);
      if (others.isEmpty()) {
        submit.replyTo().tell(known.get());
      }
      return persist(others, after -> submit.replyTo().tell(known.get()));
    }
    return persist(
        Decisions.submit(state, submit),
        after -> submit.replyTo().tell(new Submitted(submit.sweep(), submit.runFolder(), false)));
  }

  private Effect<SweepEvent, CoordinatorState> listSweeps(
      CoordinatorState state, CoordinatorProtocol.ListSweeps list) {
    list.replyTo().tell(new CoordinatorProtocol.Sweeps(Views.sweeps(state)));
    return Effect().none();
  }

  private Effect<SweepEvent, CoordinatorState> listWorkers(
      CoordinatorState state, CoordinatorProtocol.ListWorkers list) {
    list.replyTo().tell(new CoordinatorProtocol.Workers(roster.summaries(state)));
    return Effect().none();
  }

  private Effect<SweepEvent, CoordinatorState> direct(
      CoordinatorState state, CoordinatorProtocol.Direct direct) {
    SweepState sweep = state.sweeps().get(direct.sweep());
    if (sweep == null) {
      boolean ended = state.finished().containsKey(direct.sweep());
      direct
          .replyTo()
          .tell(
              new Directed(
                  false,
                  ended
                      ? "sweep " + direct.sweep().value() + " has ended"
                      : "there is no sweep " + direct.sweep().value()));
      return Effect().none();
    }
    List<SweepEvent> events =
        switch (direct.direction()) {
          case PAUSE -> Decisions.pause(state, sweep);
          case RESUME -> Decisions.resume(state, sweep);
          case STOP -> Decisions.stop(state, sweep);
          case CANCEL -> Decisions.cancel(state, sweep);
        };
    Directed done = new Directed(true, direct.direction().label());
    if (events.isEmpty()) {
      direct.replyTo().tell(done);
    }
    return persist(events, after -> direct.replyTo().tell(done));
  }

  private Effect<SweepEvent, CoordinatorState> drain(
      CoordinatorState state, CoordinatorProtocol.Drain drain) {
    Optional<WorkerId> worker = roster.named(drain.worker());
    if (worker.isEmpty()) {
      drain.replyTo().tell(new Directed(false, "there is no worker " + drain.worker()));
      return Effect().none();
    }
    List<SweepEvent> events = Decisions.drain(state, worker.get());
    Directed done = new Directed(true, "draining");
    if (events.isEmpty()) {
      drain.replyTo().tell(done);
    }
    return persist(events, after -> drain.replyTo().tell(done));
  }

  private Effect<SweepEvent, CoordinatorState> requestWork(
      CoordinatorState state, WorkProtocol.RequestWork request) {
    WorkerId worker = request.worker();
    roster.heard(worker, request.device(), clock.instant());
    List<SweepEvent> ended = Decisions.endedWith(state, worker, request.lastWords());
    if (!ended.isEmpty()) {
      return persist(ended, after -> context.getSelf().tell(request));
    }
    Optional<Lease> held = Decisions.held(state, worker);
    if (held.isPresent()) {
      tellTask(state, held.get(), request.replyTo());
      return Effect().none();
    }
    return Decisions.assign(state, worker, roster.names())
        .map(leased -> assign(leased, request.replyTo()))
        .orElseGet(() -> Effect().none());
  }

  private Effect<SweepEvent, CoordinatorState> assign(
      SweepEvent.StageLeased leased, ActorRef<WorkProtocol.ToWorker> worker) {
    heard.put(leased.lease().id(), clock.instant());
    return persist(List.of(leased), after -> tellTask(after, leased.lease(), worker));
  }

  private static void tellTask(
      CoordinatorState state, Lease lease, ActorRef<WorkProtocol.ToWorker> worker) {
    Decisions.task(state, lease).ifPresent(task -> worker.tell(new WorkProtocol.Assign(task)));
  }

  private Effect<SweepEvent, CoordinatorState> heartbeat(
      CoordinatorState state, WorkProtocol.Heartbeat beat) {
    Optional<Lease> lease =
        state.lease(beat.lease()).filter(held -> held.worker().equals(beat.worker()));
    if (lease.isEmpty()) {
      beat.replyTo().tell(new WorkProtocol.Revoke(beat.lease()));
      return Effect().none();
    }
    heard.put(beat.lease(), clock.instant());
    roster.progress(beat.worker(), beat.progress(), clock.instant());
    StageState stage = state.stages().get(lease.get().stage());
    publish(
        new ProgressEvent(
            beat.worker(), stage.stage().key(), stage.stage().kind(), beat.progress()));
    return Effect().none();
  }

  private Effect<SweepEvent, CoordinatorState> report(
      CoordinatorState state, WorkProtocol.Report report) {
    WorkProtocol.Acknowledge acknowledge = new WorkProtocol.Acknowledge(report.lease());
    List<SweepEvent> events =
        Decisions.report(state, report.worker(), report.lease(), report.outcome());
    if (events.isEmpty()) {
      context.getLog().info("outcome under lease {} refused: not held", report.lease());
      report.replyTo().tell(acknowledge);
      return Effect().none();
    }
    return persist(events, after -> report.replyTo().tell(acknowledge));
  }

  private Effect<SweepEvent, CoordinatorState> leave(
      CoordinatorState state, WorkProtocol.Leave leave) {
    roster.left(leave.worker());
    Set<Long> leases =
        Decisions.held(state, leave.worker()).map(lease -> Set.of(lease.id())).orElse(Set.of());
    return persist(Decisions.voidLeases(state, leases, "the worker left"), after -> {});
  }

  private Effect<SweepEvent, CoordinatorState> expire(CoordinatorState state) {
    Instant oldest = clock.instant().minus(timing.lease());
    roster.forget(oldest);
    heard.keySet().retainAll(state.leases().keySet());
    Set<Long> expired =
        heard.entrySet().stream()
            .filter(entry -> entry.getValue().isBefore(oldest))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    return persist(
        Decisions.voidLeases(
            state, expired, "no heartbeat for " + timing.lease().toSeconds() + " s"),
        after -> {});
  }

  /** Journals the events, then tells them on, then does what is to be done. */
  private Effect<SweepEvent, CoordinatorState> persist(
      List<SweepEvent> events, Consumer<CoordinatorState> afterwards) {
    if (events.isEmpty()) {
      return Effect().none();
    }
    return Effect()
        .persist(events)
        .thenRun(
            (CoordinatorState state) -> {
              long first = lastSequenceNumber(context) - events.size() + 1;
              for (int i = 0; i < events.size(); i++) {
                tell(events.get(i), first + i, state);
              }
              afterwards.accept(state);
            });
  }

  private void tell(SweepEvent event, long sequence, CoordinatorState state) {
    if (event instanceof SweepEvent.SweepSubmitted submitted) {
      SweepState sweep = state.sweeps().get(submitted.sweep());
      if (sweep != null) {
        startReporter(sweep, state);
      }
    }
    publish(new JournalledEvent(sequence, clock.instant(), event));
    reporters.values().forEach(reporter -> reporter.tell(event));
    if (event instanceof SweepEvent.SweepCompleted completed) {
      reporters.remove(completed.sweep());
    } else if (event instanceof SweepEvent.SweepStopped stopped) {
      reporters.remove(stopped.sweep());
    } else if (event instanceof SweepEvent.SweepCancelled cancelled) {
      reporters.remove(cancelled.sweep());
    }
  }

  private void startReporter(SweepState sweep, CoordinatorState state) {
    Map<StageKey, StageState.Result> results = new HashMap<>();
    sweep
        .plan()
        .stages()
        .forEach(
            stage ->
                state
                    .stages()
                    .get(stage.key())
                    .result()
                    .ifPresent(result -> results.put(stage.key(), result.asReused())));
    reporters.put(
        sweep.id(),
        context.spawn(
            SweepReporter.create(sweep, results),
            "sweep-" + sweep.id().value(),
            DispatcherSelector.blocking()));
  }

  private void publish(Object event) {
    context.getSystem().eventStream().tell(new EventStream.Publish<>(event));
  }
}
