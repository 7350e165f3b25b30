package dev.secateur.actors.cli;

import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepEventCases;
import dev.secateur.protocol.SweepPlan;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * Shows a running sweep on stderr: a block that redraws itself on a terminal, plain lines
 * elsewhere.
 */
final class ProgressView {
  /** What the view understands. */
  sealed interface Command {}

  private record Journalled(JournalledEvent event) implements Command {}

  private record Progressed(ProgressEvent event) implements Command {}

  private record Noticed(Notice notice) implements Command {}

  private enum Redraw implements Command {
    NOW
  }

  private static final Duration REDRAW_EVERY = Duration.ofMillis(500);

  private final ProgressBoard board;
  private final Consumer<Notice> tracking;

  private ProgressView(
      ActorContext<Command> context,
      SweepPlan plan,
      PrintWriter out,
      Screen screen,
      Consumer<Notice> tracking) {
    this.tracking = tracking;
    InstantSource clock = InstantSource.system();
    board = new ProgressBoard(ProgressPlan.of(plan), out, screen, clock, clock.instant());
    var stream = context.getSystem().eventStream();
    stream.tell(
        new EventStream.Subscribe<>(
            JournalledEvent.class, context.messageAdapter(JournalledEvent.class, Journalled::new)));
    stream.tell(
        new EventStream.Subscribe<>(
            ProgressEvent.class, context.messageAdapter(ProgressEvent.class, Progressed::new)));
    stream.tell(
        new EventStream.Subscribe<>(
            Notice.class, context.messageAdapter(Notice.class, Noticed::new)));
  }

  /**
   * @param tracking receives the results of tracking
   */
  static Behavior<Command> create(
      SweepPlan plan, PrintWriter out, Screen screen, Consumer<Notice> tracking) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                (TimerScheduler<Command> timers) -> {
                  if (screen.terminal()) {
                    timers.startTimerWithFixedDelay(Redraw.NOW, REDRAW_EVERY);
                  }
                  return new ProgressView(context, plan, out, screen, tracking).behavior();
                }));
  }

  private Behavior<Command> behavior() {
    return Behaviors.receive(Command.class)
        .onMessage(
            Journalled.class,
            journalled -> {
              journalled.event().event().as(new Shown(journalled.event().time())).run();
              return Behaviors.same();
            })
        .onMessage(
            Progressed.class,
            progressed -> {
              ProgressEvent event = progressed.event();
              board.progress(event.worker().name(), event.stage().value(), event.progress());
              return Behaviors.same();
            })
        .onMessage(
            Noticed.class,
            noticed -> {
              if (noticed.notice().event().startsWith("tracking-")) {
                tracking.accept(noticed.notice());
              }
              return Behaviors.same();
            })
        .onMessageEquals(
            Redraw.NOW,
            () -> {
              board.redraw();
              return Behaviors.same();
            })
        .build();
  }

  /** What an event shows. */
  private final class Shown implements SweepEventCases.Some<Runnable> {
    private final Instant time;

    private Shown(Instant time) {
      this.time = time;
    }

    @Override
    public Runnable stageLeased(SweepEvent.StageLeased event) {
      return () ->
          board.leased(
              event.lease().id(),
              event.lease().stage().value(),
              event.lease().worker().name(),
              time);
    }

    @Override
    public Runnable stageCompleted(SweepEvent.StageCompleted event) {
      return () ->
          board.completed(
              event.lease(),
              event.stage().value(),
              event.seconds(),
              event.reused(),
              event.metrics());
    }

    @Override
    public Runnable stageRetried(SweepEvent.StageRetried event) {
      return () -> board.retried(event.lease(), event.stage().value(), event.message());
    }

    @Override
    public Runnable stageFailed(SweepEvent.StageFailed event) {
      return () -> board.failed(event.lease(), event.stage().value(), event.message());
    }

    @Override
    public Runnable ofStage(SweepEvent.OfStage event) {
      return () -> board.released(event.lease());
    }

    @Override
    public Runnable sweepReplanned(SweepEvent.SweepReplanned event) {
      return () ->
          board.say(
              "the sweep was planned for code version "
                  + event.from()
                  + "; all stages are computed again with code version "
                  + event.to());
    }

    @Override
    public Runnable recoverySkipped(SweepEvent.RecoverySkipped event) {
      return () -> board.say("trial " + event.trial() + " is not recovered: " + event.reason());
    }

    @Override
    public Runnable trialsRetried(SweepEvent.TrialsRetried event) {
      return () -> board.retry(event.trials());
    }

    @Override
    public Runnable trialCompleted(SweepEvent.TrialCompleted event) {
      return () -> board.trialEnded(event.trial(), event.failure().isEmpty());
    }

    @Override
    public Runnable sweepCompleted(SweepEvent.SweepCompleted event) {
      return board::end;
    }

    /** Of those whom it concerns the commands tell, or the report at the end. */
    @Override
    public Runnable otherwise(SweepEvent event) {
      return () -> {};
    }
  }
}
