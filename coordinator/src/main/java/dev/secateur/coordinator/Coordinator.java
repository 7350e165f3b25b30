package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
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
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.RunFiles;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.EndedSweep;
import dev.secateur.coordinator.schedule.StageState;
import dev.secateur.coordinator.schedule.SweepState;
import dev.secateur.coordinator.schedule.Views;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Owns sweeps, the ready queue and leases; one in the cluster. A thin shell: {@link Decisions} and
 * {@link Assignments} say what messages mean, the journal keeps it, and this actor answers, tells
 * the event stream and minds the clock.
 */
public final class Coordinator
    extends EventSourcedBehavior<CoordinatorMessage, SweepEvent, CoordinatorState> {

  /** That its node ends: what is being written is finished. */
  public enum Stop implements CoordinatorMessage {
    INSTANCE
  }

  private enum Tick implements CoordinatorMessage {
    INSTANCE
  }

  /** That what has gathered is to be decided. */
  private enum Decide implements CoordinatorMessage {
    INSTANCE
  }

  /** That a submission can be decided without much work. */
  private record Prepared(Submit submit) implements CoordinatorMessage {}

  /**
   * What became of the results of a sweep that has ended.
   *
   * @param written whether they are; otherwise it is tried again
   */
  record Reported(SweepReported report, boolean written)
      implements CoordinatorMessage, NoSerializationVerificationNeeded {}

  /**
   * @param lease how long a lease lives without a heartbeat
   * @param tick how often leases are looked at
   */
  public record Timing(Duration lease, Duration tick) {}

  /** A worker that waits repeats its request; an older one is of a worker that is gone. */
  private static final int REQUEST_STANDS_TICKS = 3;

  private final ActorContext<CoordinatorMessage> context;
  private final Timing timing;
  private final Optional<StoreAccess> store;
  private final RunFiles files;
  private final InstantSource clock;
  private final Map<Long, Instant> heard = new HashMap<>();
  private final Set<Long> begun = new HashSet<>();
  private final List<CoordinatorMessage> gathered = new ArrayList<>();
  private final Roster roster = new Roster(this::publish);
  private final Clients clients = new Clients(roster);
  private final Map<SweepId, ActorRef<Object>> reporters = new HashMap<>();
  private Optional<Stage> warnedOf = Optional.empty();
  private Optional<CoordinatorState> journalled = Optional.empty();

  private Coordinator(
      ActorContext<CoordinatorMessage> context,
      Timing timing,
      Optional<StoreAccess> store,
      RunFiles files,
      InstantSource clock) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(20), 0.1));
    this.context = context;
    this.timing = timing;
    this.store = store;
    this.files = files;
    this.clock = clock;
  }

  /**
   * @param store where this node keeps artifacts for workers, where nodes share no folder
   * @param files where run folders are
   * @param clock what leases are measured with
   */
  public static Behavior<CoordinatorMessage> create(
      Timing timing, Optional<StoreAccess> store, RunFiles files, InstantSource clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                (TimerScheduler<CoordinatorMessage> timers) -> {
                  timers.startTimerWithFixedDelay(Tick.INSTANCE, timing.tick());
                  Coordinator coordinator = new Coordinator(context, timing, store, files, clock);
                  return Behaviors.intercept(
                      () -> new PromptAnswers(coordinator::answerNow), coordinator);
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
        .onCommand(PromptAnswers::concerns, this::answer)
        .onCommand(Submit.class, this::prepare)
        .onCommand(Decide.class, (state, decide) -> decide(state))
        .onCommand(Stop.class, (state, stop) -> stop())
        .onAnyCommand((state, message) -> gather(message));
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
    journalled = Optional.of(state);
    publish(
        new Notice("coordinator", "coordinator-started", Map.of("sweeps", state.sweeps().size())));
    state.sweeps().values().forEach(sweep -> startReporter(sweep, state));
    state.unreported().values().forEach(this::reportAgain);
    state.leases().keySet().forEach(lease -> heard.put(lease, clock.instant()));
  }

  private Effect<SweepEvent, CoordinatorState> stop() {
    publish(new Notice("coordinator", "coordinator-stopped", Map.of()));
    return Effect().stop();
  }

  private Effect<SweepEvent, CoordinatorState> answer(
      CoordinatorState state, CoordinatorMessage message) {
    answer(message, state);
    return Effect().none();
  }

  /** Answers from what the journal has; not before it has told everything. */
  private boolean answerNow(CoordinatorMessage message) {
    journalled.ifPresent(state -> answer(message, state));
    return journalled.isPresent();
  }

  private void answer(CoordinatorMessage message, CoordinatorState state) {
    if (message instanceof CoordinatorProtocol.ListSweeps list) {
      list.replyTo().tell(new CoordinatorProtocol.Sweeps(Views.sweeps(state)));
    } else if (message instanceof CoordinatorProtocol.ListWorkers list) {
      list.replyTo().tell(new CoordinatorProtocol.Workers(roster.summaries(state)));
    } else if (message instanceof WorkProtocol.Heartbeat beat) {
      heartbeat(state, beat);
    }
  }

  private void heartbeat(CoordinatorState state, WorkProtocol.Heartbeat beat) {
    Optional<Lease> lease =
        state.lease(beat.lease()).filter(held -> held.worker().equals(beat.worker()));
    if (lease.isEmpty()) {
      beat.replyTo().tell(new WorkProtocol.Revoke(beat.lease()));
      return;
    }
    heard.put(beat.lease(), clock.instant());
    roster.progress(beat.worker(), beat.progress(), clock.instant());
    StageState stage = state.stage(lease.get().stage()).orElseThrow();
    if (begun.add(beat.lease())) {
      store.ifPresent(access -> beat.replyTo().tell(new WorkProtocol.StoreAt(access)));
      publish(
          new Notice(
              "worker",
              "stage-started",
              Map.of(
                  "worker", beat.worker().name(),
                  "stage", stage.stage().key().value(),
                  "kind", stage.stage().kind().label())));
    }
    publish(
        new ProgressEvent(
            beat.worker(), stage.stage().key(), stage.stage().kind(), beat.progress()));
  }

  /** A large plan takes a while to be indexed; others are heard meanwhile. */
  private Effect<SweepEvent, CoordinatorState> prepare(CoordinatorState state, Submit submit) {
    context.pipeToSelf(
        CompletableFuture.runAsync(
            () -> state.indexes().prepare(submit.plan()),
            context.getSystem().dispatchers().lookup(DispatcherSelector.blocking())),
        (done, failure) -> new Prepared(submit));
    return Effect().none();
  }

  /**
   * Puts a message aside until those that wait already have been put aside too: while the journal
   * writes, messages gather, and are then decided together.
   */
  private Effect<SweepEvent, CoordinatorState> gather(CoordinatorMessage message) {
    if (gathered.isEmpty()) {
      context.getSelf().tell(Decide.INSTANCE);
    }
    gathered.add(message);
    return Effect().none();
  }

  private Effect<SweepEvent, CoordinatorState> decide(CoordinatorState state) {
    Turn turn = new Turn(state);
    gathered.forEach(message -> decide(turn, message));
    gathered.clear();
    assign(turn);
    List<SweepEvent> events = turn.events();
    if (events.isEmpty()) {
      turn.finish();
      return Effect().none();
    }
    return Effect()
        .persist(events)
        .thenRun(
            (CoordinatorState after) -> {
              journalled = Optional.of(after);
              long first = lastSequenceNumber(context) - events.size() + 1;
              for (int i = 0; i < events.size(); i++) {
                tell(events.get(i), first + i, after);
              }
              turn.finish();
            });
  }

  private void decide(Turn turn, CoordinatorMessage message) {
    if (message instanceof WorkProtocol.RequestWork request) {
      requestWork(turn, request);
    } else if (message instanceof WorkProtocol.Report report) {
      report(turn, report);
    } else if (message instanceof WorkProtocol.Leave leave) {
      leave(turn, leave);
    } else if (message instanceof Prepared prepared) {
      clients.submit(turn, prepared.submit());
      turn.afterwards(() -> turn.state().indexes().forget(prepared.submit().plan()));
    } else if (message instanceof CoordinatorProtocol.Direct direct) {
      clients.direct(turn, direct);
    } else if (message instanceof CoordinatorProtocol.Drain drain) {
      clients.drain(turn, drain);
    } else if (message instanceof Reported reported) {
      reported(turn, reported);
    } else if (message == Tick.INSTANCE) {
      expire(turn);
    }
  }

  private void requestWork(Turn turn, WorkProtocol.RequestWork request) {
    WorkerId worker = request.worker();
    roster.asks(request, clock.instant());
    turn.happen(Decisions.endedWith(turn.state(), worker, request.lastWords()));
    Decisions.held(turn.state(), worker).ifPresent(lease -> engage(turn, lease));
  }

  /** Stages for the workers that wait. */
  private void assign(Turn turn) {
    List<Assignments.Candidate> idle = roster.idle();
    if (!idle.isEmpty()) {
      List<SweepEvent.StageLeased> leases = Assignments.of(turn.state(), idle, roster.all());
      turn.happen(leases);
      leases.forEach(leased -> engage(turn, leased.lease()));
    }
  }

  private void engage(Turn turn, Lease lease) {
    heard.put(lease.id(), clock.instant());
    Optional<ActorRef<WorkProtocol.ToWorker>> worker = roster.engage(lease.worker());
    Optional<Task> task = Decisions.task(turn.state(), lease);
    if (worker.isPresent() && task.isPresent()) {
      turn.afterwards(() -> worker.get().tell(new WorkProtocol.Assign(task.get(), store)));
    }
  }

  private void report(Turn turn, WorkProtocol.Report report) {
    List<SweepEvent> events =
        Decisions.report(turn.state(), report.worker(), report.lease(), report.outcome());
    if (events.isEmpty()) {
      context.getLog().info("outcome under lease {} refused: not held", report.lease());
    }
    turn.happen(events);
    turn.afterwards(() -> report.replyTo().tell(new WorkProtocol.Acknowledge(report.lease())));
  }

  private void leave(Turn turn, WorkProtocol.Leave leave) {
    roster.left(leave.worker());
    turn.happen(Decisions.left(turn.state(), leave.worker()));
  }

  private void reported(Turn turn, Reported reported) {
    SweepId sweep = reported.report().results().sweep();
    if (reported.written() && turn.state().unreported().containsKey(sweep)) {
      turn.happen(List.of(new SweepEvent.ResultsWritten(sweep)));
    }
    turn.afterwards(() -> publish(reported.report()));
  }

  private void expire(Turn turn) {
    Instant now = clock.instant();
    Instant oldest = now.minus(timing.lease());
    roster.forget(oldest, now.minus(timing.tick().multipliedBy(REQUEST_STANDS_TICKS)));
    heard.keySet().retainAll(turn.state().leases().keySet());
    begun.retainAll(turn.state().leases().keySet());
    Set<Long> expired =
        heard.entrySet().stream()
            .filter(entry -> entry.getValue().isBefore(oldest))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    turn.happen(Decisions.expire(turn.state(), expired, timing.lease().toSeconds()));
    warnOfTooLarge(turn.state());
  }

  /** A stage that no worker has the memory for waits for ever; somebody should know. */
  private void warnOfTooLarge(CoordinatorState state) {
    Optional<Stage> waits = Assignments.tooLarge(state, roster.all());
    if (waits.isPresent() && !waits.equals(warnedOf)) {
      context
          .getLog()
          .warn(
              "{} {} waits: no worker has the {} MiB of memory that its sweep declares for it",
              waits.get().kind().label(),
              waits.get().key().brief(),
              waits.get().memory().orElse(0L) >> 20);
    }
    warnedOf = waits;
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
    if (event instanceof SweepEvent.ResultsWritten written) {
      Optional.ofNullable(reporters.remove(written.sweep())).ifPresent(context::stop);
    }
  }

  private void startReporter(SweepState sweep, CoordinatorState state) {
    Map<StageKey, StageState.Result> results = new HashMap<>(state.results(sweep));
    results.replaceAll((stage, result) -> result.asReused());
    startReporter(sweep, results);
  }

  /** Of a sweep that ended in an earlier life of the coordinator. */
  private void reportAgain(EndedSweep ended) {
    startReporter(ended.sweep(), ended.results()).tell(SweepReporter.End.NOW);
  }

  private ActorRef<Object> startReporter(
      SweepState sweep, Map<StageKey, StageState.Result> results) {
    ActorRef<Object> reporter =
        context.spawnAnonymous(
            SweepReporter.create(sweep, results, files, context.getSelf()),
            DispatcherSelector.blocking());
    Optional.ofNullable(reporters.put(sweep.id(), reporter)).ifPresent(context::stop);
    return reporter;
  }

  private void publish(Object event) {
    context.getSystem().eventStream().tell(new EventStream.Publish<>(event));
  }
}
