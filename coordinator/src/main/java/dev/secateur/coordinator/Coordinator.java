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
import akka.persistence.typed.RecoveryFailed;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;
import dev.secateur.coordinator.disk.Upkeep;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.report.Reporting;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.coordinator.schedule.Assignments;
import dev.secateur.coordinator.schedule.CoordinatorState;
import dev.secateur.coordinator.schedule.Decisions;
import dev.secateur.coordinator.schedule.FailureRun;
import dev.secateur.coordinator.schedule.Upgrade;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.Lease;
import dev.secateur.protocol.NodeRemoved;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.StoreAccess;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkerId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

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

  /** That a submission, or an extension, can be decided without much work. */
  private record Prepared(SweepPlan plan, BiConsumer<Clients, Turn> decision)
      implements CoordinatorMessage {}

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
   * @param putAside when workers that fail are put aside
   */
  public record Timing(Duration lease, Duration tick, FailureRun.Rule putAside) {
    public Timing(Duration lease, Duration tick) {
      this(lease, tick, FailureRun.Rule.USUAL);
    }
  }

  /** A worker that waits repeats its request; an older one is of a worker that is gone. */
  private static final int REQUEST_STANDS_TICKS = 3;

  private final ActorContext<CoordinatorMessage> context;
  private final Timing timing;
  private final Optional<StoreAccess> store;
  private final InstantSource clock;
  private final Heartbeats beats;
  private final List<Consumer<Turn>> gathered = new ArrayList<>();
  private final Conditions conditions;
  private final Roster roster;
  private final CodeVersion version;
  private final Clients clients;
  private final Replies replies;
  private final Reporters reporters;
  private final WaitingStages waiting;
  private final Caretaker caretaker;
  private Optional<CoordinatorState> journalled = Optional.empty();
  private boolean unreadable;

  private Coordinator(
      ActorContext<CoordinatorMessage> context,
      Timing timing,
      Optional<StoreAccess> store,
      Reporting reporting,
      Upkeep upkeep,
      InstantSource clock,
      CodeVersion version) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(20), 0.1));
    this.context = context;
    this.timing = timing;
    this.store = store;
    this.clock = clock;
    this.version = version;
    this.beats = new Heartbeats(clock);
    this.conditions = new Conditions(timing.putAside(), this::publish);
    this.roster = new Roster(this::publish, conditions);
    this.clients = new Clients(roster, version);
    this.replies = new Replies(roster, beats, store, clock, this::publish);
    this.reporters = new Reporters(context, reporting);
    this.waiting = new WaitingStages(version, this::warn);
    this.caretaker = new Caretaker(context, upkeep, clock, this::publish);
  }

  /**
   * @param store where this node keeps artifacts for workers, where nodes share no folder
   * @param reporting what reports are made from, and where they go
   * @param clock what leases are measured with
   */
  public static Behavior<CoordinatorMessage> create(
      Timing timing, Optional<StoreAccess> store, Reporting reporting, InstantSource clock) {
    return create(timing, store, reporting, Upkeep.NONE, clock, CodeVersion.CURRENT);
  }

  /**
   * @param upkeep of its disk
   * @param version of the code that sweeps are planned for, and that workers have to be of
   */
  public static Behavior<CoordinatorMessage> create(
      Timing timing,
      Optional<StoreAccess> store,
      Reporting reporting,
      Upkeep upkeep,
      InstantSource clock,
      CodeVersion version) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                (TimerScheduler<CoordinatorMessage> timers) -> {
                  timers.startTimerWithFixedDelay(Tick.INSTANCE, timing.tick());
                  timers.startTimerWithFixedDelay(Caretaker.Hour.PASSED, upkeep.every());
                  Coordinator coordinator =
                      new Coordinator(context, timing, store, reporting, upkeep, clock, version);
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
        .onCommand(
            Submit.class,
            (state, submit) ->
                prepare(state, submit.plan(), (clients, turn) -> clients.submit(turn, submit)))
        .onCommand(
            CoordinatorProtocol.Extend.class,
            (state, extend) ->
                prepare(state, extend.plan(), (clients, turn) -> clients.extend(turn, extend)))
        .onCommand(Decide.class, (state, decide) -> decide(state))
        .onCommand(Stop.class, (state, stop) -> stop())
        .onCommand(WorkProtocol.RequestWork.class, gathered(this::requestWork))
        .onCommand(WorkProtocol.Report.class, gathered(this::report))
        .onCommand(WorkProtocol.Leave.class, gathered(this::leave))
        .onCommand(NodeRemoved.class, gathered(this::nodeRemoved))
        .onCommand(Prepared.class, gathered(this::prepared))
        .onCommand(CoordinatorProtocol.Direct.class, gathered(clients::direct))
        .onCommand(CoordinatorProtocol.Reprioritize.class, gathered(clients::reprioritize))
        .onCommand(CoordinatorProtocol.Delete.class, gathered(clients::delete))
        .onCommand(CoordinatorProtocol.Drain.class, gathered(clients::drain))
        .onCommand(CoordinatorProtocol.Undrain.class, gathered(clients::undrain))
        .onCommand(Reported.class, gathered(this::reported))
        .onCommand(Caretaker::concerns, gathered(caretaker::hears))
        .onCommand(Tick.class, gathered((turn, tick) -> expire(turn)))
        .onAnyCommand((state, message) -> Effect().unhandled());
  }

  @Override
  public EventHandler<CoordinatorState, SweepEvent> eventHandler() {
    return newEventHandlerBuilder().forAnyState().onAnyEvent(CoordinatorState::apply);
  }

  @Override
  public SignalHandler<CoordinatorState> signalHandler() {
    return newSignalHandlerBuilder()
        .onSignal(RecoveryCompleted.instance(), this::recovered)
        .onSignal(RecoveryFailed.class, (state, failed) -> notRecovered(failed.getFailure()))
        .build();
  }

  private void recovered(CoordinatorState state) {
    journalled = Optional.of(state);
    publish(
        new Notice("coordinator", "coordinator-started", Map.of("sweeps", state.sweeps().size())));
    reporters.recovered(state);
    state.leases().keySet().forEach(beats::heard);
    context.getSelf().tell(Decide.INSTANCE); // sweeps of an older version are planned anew
  }

  private void notRecovered(Throwable failure) {
    Optional<JournalUnreadable> why = JournalUnreadable.of(failure);
    why.ifPresent(this::publish);
    why.filter(any -> !unreadable)
        .map(JournalUnreadable::reason)
        .ifPresent(context.getLog()::info); // its node ends, and says why
    unreadable |= why.isPresent();
  }

  private Effect<SweepEvent, CoordinatorState> stop() {
    publish(new Notice("coordinator", "coordinator-stopped", Map.of()));
    return Effect().stop();
  }

  private Effect<SweepEvent, CoordinatorState> answer(
      CoordinatorState state, CoordinatorMessage message) {
    replies.to(message, state);
    return Effect().none();
  }

  /** Answers from what the journal has; not before it has told everything. */
  private boolean answerNow(CoordinatorMessage message) {
    journalled.ifPresent(state -> replies.to(message, state));
    return journalled.isPresent();
  }

  /** A large plan takes a while to be indexed; others are heard meanwhile. */
  private Effect<SweepEvent, CoordinatorState> prepare(
      CoordinatorState state, SweepPlan plan, BiConsumer<Clients, Turn> decision) {
    context.pipeToSelf(
        CompletableFuture.runAsync(
            () -> state.indexes().prepare(plan),
            context.getSystem().dispatchers().lookup(DispatcherSelector.blocking())),
        (done, failure) -> new Prepared(plan, decision));
    return Effect().none();
  }

  /**
   * Puts a message aside until those that wait already have been put aside too: while the journal
   * writes, messages gather, and are then decided together.
   */
  private <M> BiFunction<CoordinatorState, M, Effect<SweepEvent, CoordinatorState>> gathered(
      BiConsumer<Turn, M> decision) {
    return (state, message) -> {
      if (gathered.isEmpty()) {
        context.getSelf().tell(Decide.INSTANCE);
      }
      gathered.add(turn -> decision.accept(turn, message));
      return Effect().none();
    };
  }

  private Effect<SweepEvent, CoordinatorState> decide(CoordinatorState state) {
    Turn turn = new Turn(state);
    upgrade(turn);
    gathered.forEach(decision -> decision.accept(turn));
    gathered.clear();
    upgrade(turn); // what was planned by a node of an older version
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

  private void upgrade(Turn turn) {
    List<SweepEvent> events = Upgrade.to(version, turn.state());
    turn.happen(events);
    events.forEach(event -> turn.afterwards(() -> turn.state().indexes().forget(event)));
  }

  private void prepared(Turn turn, Prepared prepared) {
    prepared.decision().accept(clients, turn);
    turn.afterwards(() -> turn.state().indexes().forget(prepared.plan()));
  }

  private void requestWork(Turn turn, WorkProtocol.RequestWork request) {
    WorkerId worker = request.worker();
    roster.asks(request, clock.instant());
    List<SweepEvent> ends = Decisions.endedWith(turn.state(), worker, request.lastWords());
    conditions.crashed(worker.name(), ends, clock.instant());
    turn.happen(ends);
    Decisions.held(turn.state(), worker).ifPresent(lease -> engage(turn, lease));
  }

  /** Stages for the workers that wait. */
  private void assign(Turn turn) {
    List<Assignments.Candidate> idle = roster.idle(version);
    if (!idle.isEmpty()) {
      List<SweepEvent.StageLeased> leases = Assignments.of(turn.state(), idle, roster.able());
      turn.happen(leases);
      leases.forEach(leased -> engage(turn, leased.lease()));
    }
  }

  private void engage(Turn turn, Lease lease) {
    beats.heard(lease.id());
    Optional<ActorRef<WorkProtocol.ToWorker>> worker = roster.engage(lease.worker());
    Optional<Task> task =
        Decisions.task(turn.state(), lease).filter(one -> one.codeVersion().equals(version));
    if (worker.isPresent() && task.isPresent()) {
      turn.afterwards(() -> worker.get().tell(new WorkProtocol.Assign(task.get(), store)));
    }
  }

  private void report(Turn turn, WorkProtocol.Report report) {
    List<SweepEvent> events =
        Decisions.report(turn.state(), report.worker(), report.lease(), report.outcome());
    if (events.isEmpty()) {
      context.getLog().info("outcome under lease {} refused: not held", report.lease());
    } else {
      conditions.ended(turn.state(), report, clock.instant());
    }
    turn.happen(events);
    turn.afterwards(() -> report.replyTo().tell(new WorkProtocol.Acknowledge(report.lease())));
  }

  private void leave(Turn turn, WorkProtocol.Leave leave) {
    roster.left(leave.worker());
    turn.happen(Decisions.left(turn.state(), leave.worker()));
  }

  /** Its processes may have ended at what they were at: the last words of one may still come. */
  private void nodeRemoved(Turn turn, NodeRemoved node) {
    for (WorkerId worker : roster.at(node.address())) {
      roster.gone(worker, "the cluster has removed its node");
      Decisions.held(turn.state(), worker)
          .map(Lease::id)
          .ifPresent(
              lease ->
                  turn.happen(
                      Decisions.expire(
                          turn.state(), Set.of(lease), beats.silence(lease).toSeconds())));
    }
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
    Set<Long> expired = beats.silent(turn.state().leases().keySet(), oldest);
    turn.happen(Decisions.expire(turn.state(), expired, timing.lease().toSeconds()));
    conditions.passed(roster.names(), now);
    conditions.look(turn.state(), roster.idle(version), roster.all());
    turn.happen(Decisions.overdue(turn.state(), beats.begun(), now));
    if (roster.knowsAll()) {
      waiting.look(turn.state(), roster.all());
    }
  }

  private void warn(String line) {
    context.getLog().warn(line);
    publish(new Notice("coordinator", "stages-wait", Map.of("reason", line)));
  }

  private void tell(SweepEvent event, long sequence, CoordinatorState state) {
    publish(new JournalledEvent(sequence, clock.instant(), event));
    reporters.tell(event, state);
  }

  private void publish(Object event) {
    context.getSystem().eventStream().tell(new EventStream.Publish<>(event));
  }
}
