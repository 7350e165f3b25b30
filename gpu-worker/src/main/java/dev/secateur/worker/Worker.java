package dev.secateur.worker;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.secateur.protocol.Capabilities;
import dev.secateur.protocol.Disk;
import dev.secateur.protocol.Outcome;
import dev.secateur.protocol.Progress;
import dev.secateur.protocol.Task;
import dev.secateur.protocol.WorkProtocol;
import dev.secateur.protocol.WorkProtocol.ToCoordinator;
import dev.secateur.protocol.WorkProtocol.ToWorker;
import dev.secateur.protocol.WorkerId;
import dev.secateur.tensor.DeviceLostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A worker, bound to one device. It requests work until it gets some, computes it on the device's
 * own thread while it answers for it with heartbeats, and reports the outcome until that is
 * acknowledged.
 *
 * <pre>
 * idle -- Assign --> working -- Done --> reporting -- Acknowledge --> idle
 *                       |  Revoke: cancel, wait for the device, then idle
 *                       |  Stop: cancel, wait for the device, then leave
 *                       |  a device that has failed: report that, then end the process
 *                       |  no room on a disk: give the task back, then idle
 * </pre>
 */
public final class Worker {
  /** What a worker understands. */
  public sealed interface Command {}

  /** Give up the task, if there is one, leave and stop. */
  public record Stop() implements Command {}

  private record FromCoordinator(ToWorker message) implements Command {}

  private record ProgressMade(long lease, Progress progress) implements Command {}

  /** What this worker can do, with what is free on its disk as far as it can look. */
  private record Able(Capabilities capabilities) implements Command {}

  /** There was no room for the task on a disk. */
  private record NoRoom(String reason) implements Command {}

  private record Done(long lease, Outcome outcome) implements Command {
    static Command of(long lease, Outcome outcome, Throwable failure) {
      if (failure == null) {
        return new Done(lease, outcome);
      }
      Optional<NoRoomException> noRoom = cause(failure, NoRoomException.class);
      if (noRoom.isPresent()) {
        return new NoRoom(noRoom.get().getMessage());
      }
      Done done = new Done(lease, TaskRunner.failed(failure));
      Optional<DeviceLostException> lost = cause(failure, DeviceLostException.class);
      if (lost.isPresent()) {
        return new DeviceLost(done, lost.get().getMessage());
      }
      if (cause(failure, CancellationException.class).isEmpty()) {
        // the runner logs failures that it catches itself
        LOG.warn("the task under lease {} failed", lease, failure);
      }
      return done;
    }

    private static <E> Optional<E> cause(Throwable failure, Class<E> type) {
      return Stream.of(failure, Optional.ofNullable(failure.getCause()).orElse(failure))
          .filter(type::isInstance)
          .map(type::cast)
          .findFirst();
    }
  }

  /** The task is done, and nothing can be computed on the device any more. */
  private record DeviceLost(Done done, String reason) implements Command {}

  private enum Tick implements Command {
    ASK,
    HEARTBEAT,
    RESEND,
    STUCK
  }

  /**
   * How often a worker speaks.
   *
   * @param ask between requests for work while idle
   * @param heartbeat between heartbeats while working
   * @param resend between reports until one is acknowledged
   * @param grace how long the device may take to end a task that is cancelled
   */
  public record Timing(Duration ask, Duration heartbeat, Duration resend, Duration grace) {}

  /** The process that a worker lives in; unless it says otherwise, one that never ends itself. */
  public interface Surroundings {
    /** What it said when it last ended by itself, if it did. */
    default Optional<String> lastWords() {
      return Optional.empty();
    }

    /** Native code cannot be ended. */
    default void stuck() {}

    /** Its device has failed. */
    default void lost(String reason) {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration REST_AFTER_REFUSAL = Duration.ofMinutes(1);

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final WorkerId id;
  private final Surroundings process;
  private final TaskRunner runner;
  private final ActorRef<? super ToCoordinator> coordinator;
  private final Timing timing;
  private final ActorRef<ToWorker> self;
  private final Executor deviceThread;
  private boolean stopping;
  private boolean measuring;

  private Worker(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      WorkerId id,
      Surroundings process,
      TaskRunner runner,
      ActorRef<? super ToCoordinator> coordinator,
      Timing timing,
      String dispatcher) {
    this.context = context;
    this.timers = timers;
    this.id = id;
    this.process = process;
    this.runner = runner;
    this.coordinator = coordinator;
    this.timing = timing;
    this.self = context.messageAdapter(ToWorker.class, FromCoordinator::new);
    this.deviceThread =
        context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(dispatcher));
  }

  /**
   * @param process the process that it lives in
   * @param runner computes tasks; used by one thread at a time
   * @param dispatcher path of the dispatcher that device code runs on
   */
  public static Behavior<Command> create(
      WorkerId id,
      Surroundings process,
      TaskRunner runner,
      ActorRef<? super ToCoordinator> coordinator,
      Timing timing,
      String dispatcher) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers ->
                    new Worker(
                            context, timers, id, process, runner, coordinator, timing, dispatcher)
                        .start()));
  }

  private Behavior<Command> start() {
    tell("worker-started")
        .addKeyValue("device", runner.capabilities().device())
        .log(
            "{} starts on {}{}",
            id.name(),
            runner.capabilities().device(),
            process.lastWords().map(words -> "; last final output: " + words).orElse(""));
    return becomeIdle();
  }

  private LoggingEventBuilder tell(String event) {
    return LOG.atInfo().addKeyValue("event", event).addKeyValue("worker", id.name());
  }

  private Behavior<Command> becomeIdle() {
    timers.cancelAll();
    measuring = false;
    if (stopping) {
      return leave();
    }
    timers.startTimerWithFixedDelay(Tick.ASK, Tick.ASK, Duration.ZERO, timing.ask());
    return idle();
  }

  private Behavior<Command> idle() {
    return Behaviors.receive(Command.class)
        .onMessageEquals(Tick.ASK, this::measure)
        .onMessage(Able.class, able -> ask(able.capabilities()))
        .onMessage(FromCoordinator.class, from -> whileIdle(from.message()))
        .onMessage(Stop.class, stop -> leave())
        .onAnyMessage(late -> Behaviors.same())
        .build();
  }

  /** A disk that does not answer keeps the worker from asking, but not from anything else. */
  private Behavior<Command> measure() {
    if (!measuring) {
      measuring = true;
      Executor blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
      context.pipeToSelf(
          CompletableFuture.supplyAsync(runner::disk, blocking),
          (disk, failure) ->
              new Able(runner.capabilities().with(failure == null ? disk : new Disk.Unknown())));
    }
    return Behaviors.same();
  }

  private Behavior<Command> ask(Capabilities capabilities) {
    measuring = false;
    return send(
        new WorkProtocol.RequestWork(id, capabilities, process.lastWords().orElse(""), self));
  }

  private Behavior<Command> send(ToCoordinator message) {
    coordinator.tell(message);
    return Behaviors.same();
  }

  private Behavior<Command> whileIdle(ToWorker message) {
    if (message instanceof WorkProtocol.Assign assign) {
      assign.exchange().store().ifPresent(runner::storeAt);
      return assign.task().isFor(runner.capabilities())
          ? begin(assign.task())
          : refuse(assign.task());
    }
    return Behaviors.same();
  }

  /**
   * What would come of the task here is not what its key stands for. It is given back, which counts
   * as no attempt, and nothing is asked for until the coordinator may be of another version.
   */
  private Behavior<Command> refuse(Task task) {
    context
        .getLog()
        .warn(
            "{} refuses {} {}: it is planned for code version {}, and this worker is of version {}",
            id.name(),
            task.stage().kind().label(),
            task.stage().key().brief(),
            task.codeVersion(),
            runner.capabilities().codeVersion());
    coordinator.tell(new WorkProtocol.Leave(id));
    timers.startTimerWithFixedDelay(Tick.ASK, Tick.ASK, REST_AFTER_REFUSAL, timing.ask());
    return Behaviors.same();
  }

  private Behavior<Command> begin(Task task) {
    timers.cancelAll();
    timers.startTimerWithFixedDelay(
        Tick.HEARTBEAT, Tick.HEARTBEAT, timing.heartbeat(), timing.heartbeat());
    long lease = task.lease().id();
    Progress none = new Progress(0, 0, "");
    coordinator.tell(new WorkProtocol.Heartbeat(id, lease, none, self)); // it has begun
    Cancellation cancellation = new Cancellation();
    ActorRef<Command> me = context.getSelf();
    CompletableFuture<Outcome> computed =
        CompletableFuture.supplyAsync(
            () ->
                runner.run(
                    task,
                    progress -> {
                      cancellation.check();
                      me.tell(new ProgressMade(lease, progress));
                    }),
            deviceThread);
    context.pipeToSelf(computed, (outcome, failure) -> Done.of(lease, outcome, failure));
    return working(lease, none, cancellation);
  }

  private Behavior<Command> working(long lease, Progress progress, Cancellation cancellation) {
    return Behaviors.receive(Command.class)
        .onMessage(ProgressMade.class, made -> working(lease, made.progress(), cancellation))
        .onMessageEquals(
            Tick.HEARTBEAT, () -> send(new WorkProtocol.Heartbeat(id, lease, progress, self)))
        .onMessage(FromCoordinator.class, from -> whileWorking(from.message(), lease, cancellation))
        .onMessage(Done.class, done -> report(done, this::becomeIdle))
        .onMessage(DeviceLost.class, this::reportLost)
        .onMessage(NoRoom.class, this::giveBack)
        .onMessage(
            Stop.class,
            stop -> {
              stopping = true;
              return abandon(cancellation);
            })
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  /** Which counts as no attempt; what the worker tells when it asks again keeps it from others. */
  private Behavior<Command> giveBack(NoRoom noRoom) {
    context.getLog().warn("{} returns a task: {}", id.name(), noRoom.reason());
    coordinator.tell(new WorkProtocol.Leave(id));
    return becomeIdle();
  }

  private Behavior<Command> whileWorking(ToWorker message, long lease, Cancellation cancellation) {
    if (message instanceof WorkProtocol.StoreAt at) {
      runner.storeAt(at.store());
    } else if (message instanceof WorkProtocol.Revoke revoke && revoke.lease() == lease) {
      return abandon(cancellation);
    }
    return Behaviors.same();
  }

  /** The task is no longer ours: wait until the device is free and do not report its result. */
  private Behavior<Command> abandon(Cancellation cancellation) {
    cancellation.cancel();
    timers.cancelAll();
    timers.startSingleTimer(Tick.STUCK, Tick.STUCK, timing.grace());
    return Behaviors.receive(Command.class)
        .onMessage(Done.class, done -> becomeIdle())
        .onMessage(DeviceLost.class, this::endProcess)
        .onMessage(NoRoom.class, noRoom -> becomeIdle())
        .onMessageEquals(
            Tick.STUCK,
            () -> {
              context.getLog().error("{}: the task can't be stopped", id.name());
              process.stuck();
              return Behaviors.same();
            })
        .onMessage(Stop.class, stop -> stopLater())
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private Behavior<Command> stopLater() {
    stopping = true;
    return Behaviors.same();
  }

  private Behavior<Command> reportLost(DeviceLost lost) {
    Behavior<Command> reporting = report(lost.done(), () -> endProcess(lost));
    // the coordinator may be away, and hears of it later
    timers.startSingleTimer(Tick.STUCK, Tick.STUCK, timing.grace());
    return reporting;
  }

  private Behavior<Command> endProcess(DeviceLost lost) {
    context.getLog().error("{}: {}", id.name(), lost.reason());
    process.lost(lost.reason());
    return becomeIdle();
  }

  /**
   * @param settled what follows once the task is over for the coordinator too
   */
  private Behavior<Command> report(Done done, Supplier<Behavior<Command>> settled) {
    timers.cancelAll();
    timers.startTimerWithFixedDelay(Tick.RESEND, Tick.RESEND, Duration.ZERO, timing.resend());
    return Behaviors.receive(Command.class)
        .onMessageEquals(
            Tick.RESEND,
            () -> send(new WorkProtocol.Report(id, done.lease(), done.outcome(), self)))
        .onMessage(
            FromCoordinator.class,
            from -> settles(from.message(), done.lease()) ? settled.get() : Behaviors.same())
        .onMessageEquals(Tick.STUCK, settled::get)
        .onMessage(Stop.class, stop -> stopLater())
        .onAnyMessage(other -> Behaviors.same())
        .build();
  }

  private static boolean settles(ToWorker message, long lease) {
    return message instanceof WorkProtocol.Acknowledge acknowledge && acknowledge.lease() == lease
        || message instanceof WorkProtocol.Revoke revoke && revoke.lease() == lease;
  }

  private Behavior<Command> leave() {
    tell("worker-stopped").log("{} leaves the cluster and stops", id.name());
    coordinator.tell(new WorkProtocol.Leave(id));
    runner.close();
    return Behaviors.stopped();
  }
}
