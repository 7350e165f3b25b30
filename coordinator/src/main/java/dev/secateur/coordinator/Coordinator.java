package dev.secateur.coordinator;

import akka.actor.NoSerializationVerificationNeeded;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
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
import dev.secateur.coordinator.track.Tracker;
import dev.secateur.protocol.ArtifactExchange;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.CoordinatorProtocol;
import dev.secateur.protocol.CoordinatorProtocol.Submit;
import dev.secateur.protocol.NodeRemoved;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.WorkProtocol;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Owns sweeps, the ready queue and leases; one in the cluster. A thin shell: {@link Decisions} and
 * {@link Assignments} turn messages into events, the journal stores them, and this actor replies,
 * publishes to the event stream and runs the timers.
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
  private record Prepared(SweepPlan plan, BiConsumer<Clients, DecisionBatch> decision)
      implements CoordinatorMessage {}

  /**
   * The state of the results of a sweep that has ended.
   *
   * @param written whether they are; otherwise it is retried
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

  private final ActorContext<CoordinatorMessage> context;
  private final InstantSource clock;
  private final Heartbeats beats;
  private final List<Consumer<DecisionBatch>> gathered = new ArrayList<>();
  private final Workforce workforce;
  private final CodeVersion version;
  private final Clients clients;
  private final Replies replies;
  private final Tracker tracker;
  private final Reporters reporters;
  private final Caretaker caretaker;
  private final StoreWatch storeWatch;
  private CoordinatorState journalled; // null until the journal has told everything
  private boolean unreadable;

  private Coordinator(
      ActorContext<CoordinatorMessage> context,
      Timing timing,
      ArtifactExchange exchange,
      Reporting reporting,
      Upkeep upkeep,
      InstantSource clock,
      CodeVersion version) {
    super(
        PersistenceId.ofUniqueId("coordinator"),
        SupervisorStrategy.restartWithBackoff(Duration.ofMillis(200), Duration.ofSeconds(20), 0.1));
    this.context = context;
    this.clock = clock;
    this.version = version;
    this.beats = new Heartbeats(clock);
    this.storeWatch = new StoreWatch(context, upkeep.housekeeping(), this::publish);
    Conditions conditions = new Conditions(timing.putAside(), this::publish);
    WorkerRegistry registry = new WorkerRegistry(this::publish, conditions);
    this.workforce =
        new Workforce(
            timing,
            task -> new WorkProtocol.Assign(task, exchange),
            clock,
            version,
            beats,
            conditions,
            registry,
            new WaitingStages(version, this::warn),
            () -> !storeWatch.isFull());
    this.clients = new Clients(registry, version);
    this.replies = new Replies(registry, beats, exchange, clock, this::publish);
    this.tracker = new Tracker(reporting.files(), this::publish);
    this.reporters = new Reporters(context, reporting, tracker);
    this.caretaker =
        new Caretaker(context, upkeep, clock, () -> lastSequenceNumber(context), this::publish);
  }

  /**
   * @param exchange where workers exchange artifacts
   * @param reporting what reports are made from, and where they go
   * @param clock what leases are measured with
   */
  public static Behavior<CoordinatorMessage> create(
      Timing timing, ArtifactExchange exchange, Reporting reporting, InstantSource clock) {
    return create(timing, exchange, reporting, Upkeep.NONE, clock, CodeVersion.CURRENT);
  }

  /**
   * @param upkeep of its disk
   * @param version of the code that sweeps are planned for, and that workers have to be of
   */
  public static Behavior<CoordinatorMessage> create(
      Timing timing,
      ArtifactExchange exchange,
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
                      new Coordinator(context, timing, exchange, reporting, upkeep, clock, version);
                  return Behaviors.intercept(
                      () -> new PromptResponses(coordinator::answerNow), coordinator);
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
        .onCommand(PromptResponses::concerns, this::answer)
        .onCommand(
            Submit.class,
            (state, submit) ->
                prepare(state, submit.plan(), (clients, batch) -> clients.submit(batch, submit)))
        .onCommand(
            CoordinatorProtocol.Extend.class,
            (state, extend) ->
                prepare(state, extend.plan(), (clients, batch) -> clients.extend(batch, extend)))
        .onCommand(Decide.class, (state, decide) -> decide(state))
        .onCommand(Stop.class, (state, stop) -> stop())
        .onCommand(WorkProtocol.RequestWork.class, gathered(workforce::requestWork))
        .onCommand(WorkProtocol.Report.class, gathered(workforce::report))
        .onCommand(WorkProtocol.Leave.class, gathered(workforce::leave))
        .onCommand(NodeRemoved.class, gathered(workforce::nodeRemoved))
        .onCommand(Prepared.class, gathered(this::prepared))
        .onCommand(CoordinatorProtocol.Direct.class, gathered(clients::direct))
        .onCommand(CoordinatorProtocol.Reprioritize.class, gathered(clients::reprioritize))
        .onCommand(CoordinatorProtocol.Delete.class, gathered(clients::delete))
        .onCommand(CoordinatorProtocol.Drain.class, gathered(clients::drain))
        .onCommand(CoordinatorProtocol.Undrain.class, gathered(clients::undrain))
        .onCommand(Reported.class, gathered(this::reported))
        .onCommand(Caretaker::concerns, gathered(caretaker::hears))
        .onCommand(StoreWatch.Looked.class, gathered((batch, looked) -> storeWatch.looked(looked)))
        .onCommand(Tick.class, gathered((batch, tick) -> tick(batch)))
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
        .onSignal(PostStop.instance(), state -> tracker.close())
        .onSignal(RecoveryFailed.class, (state, failed) -> notRecovered(failed.getFailure()))
        .build();
  }

  private void recovered(CoordinatorState state) {
    journalled = state;
    publish(
        new Notice("coordinator", "coordinator-started", Map.of("sweeps", state.sweeps().size())));
    reporters.recovered(state);
    state.leases().keySet().forEach(beats::heard);
    context.getSelf().tell(Decide.INSTANCE); // sweeps of an older version are planned again
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
    if (journalled == null) {
      return false;
    }
    replies.to(message, journalled);
    return true;
  }

  /** A large plan takes a while to be indexed; others are heard meanwhile. */
  private Effect<SweepEvent, CoordinatorState> prepare(
      CoordinatorState state, SweepPlan plan, BiConsumer<Clients, DecisionBatch> decision) {
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
      BiConsumer<DecisionBatch, M> decision) {
    return (state, message) -> {
      if (gathered.isEmpty()) {
        context.getSelf().tell(Decide.INSTANCE);
      }
      gathered.add(batch -> decision.accept(batch, message));
      return Effect().none();
    };
  }

  private Effect<SweepEvent, CoordinatorState> decide(CoordinatorState state) {
    DecisionBatch batch = new DecisionBatch(state);
    upgrade(batch);
    gathered.forEach(decision -> decision.accept(batch));
    gathered.clear();
    upgrade(batch); // what was planned by a node of an older version
    workforce.assign(batch);
    List<SweepEvent> events = batch.events();
    if (events.isEmpty()) {
      batch.finish();
      return Effect().none();
    }
    return Effect()
        .persist(events)
        .thenRun(
            (CoordinatorState after) -> {
              journalled = after;
              long first = lastSequenceNumber(context) - events.size() + 1;
              for (int i = 0; i < events.size(); i++) {
                tell(events.get(i), first + i, after);
              }
              batch.finish();
            });
  }

  private void tick(DecisionBatch batch) {
    storeWatch.look();
    workforce.expire(batch);
  }

  private void upgrade(DecisionBatch batch) {
    List<SweepEvent> events = Upgrade.to(version, batch.state());
    batch.happen(events);
    events.forEach(event -> batch.afterwards(() -> batch.state().indexes().forget(event)));
  }

  private void prepared(DecisionBatch batch, Prepared prepared) {
    prepared.decision().accept(clients, batch);
    batch.afterwards(() -> batch.state().indexes().forget(prepared.plan()));
  }

  private void reported(DecisionBatch batch, Reported reported) {
    SweepId sweep = reported.report().results().sweep();
    if (reported.written() && batch.state().unreported().containsKey(sweep)) {
      batch.happen(List.of(new SweepEvent.ResultsWritten(sweep)));
    }
    batch.afterwards(() -> publish(reported.report()));
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
