package dev.secateur.actors.node;

import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.SelfUp;
import akka.cluster.typed.Subscribe;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Reports whether a node has joined its cluster, and why not until it has. */
public final class JoinWatch {
  private static final Duration BETWEEN = Duration.ofSeconds(30);

  /** What it understands. */
  public sealed interface Command {}

  private record Joined() implements Command {}

  private record Look() implements Command {}

  private record Found(JoinProbe.Findings findings) implements Command {}

  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final Supplier<JoinProbe> probe;
  private final Consumer<String> talk;
  private boolean first = true;

  private JoinWatch(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Supplier<JoinProbe> probe,
      Consumer<String> talk) {
    this.context = context;
    this.timers = timers;
    this.probe = probe;
    this.talk = talk;
  }

  /**
   * @param probe of the nodes that are asked now
   * @param talk is given each line
   */
  public static Behavior<Command> create(Supplier<JoinProbe> probe, Consumer<String> talk) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  Cluster.get(context.getSystem())
                      .subscriptions()
                      .tell(
                          Subscribe.create(
                              context.messageAdapter(SelfUp.class, up -> new Joined()),
                              SelfUp.class));
                  context.getSelf().tell(new Look());
                  return new JoinWatch(context, timers, probe, talk).behavior();
                }));
  }

  private Behavior<Command> behavior() {
    return Behaviors.receive(Command.class)
        .onMessage(Joined.class, joined -> joined())
        .onMessage(Look.class, look -> look())
        .onMessage(Found.class, this::found)
        .build();
  }

  private Behavior<Command> joined() {
    talk.accept(WorkerSupervisor.JOINED);
    return Behaviors.stopped();
  }

  private Behavior<Command> look() {
    context.pipeToSelf(
        CompletableFuture.supplyAsync(
            () -> probe.get().findings(),
            context.getSystem().dispatchers().lookup(DispatcherSelector.blocking())),
        (findings, failure) ->
            new Found(
                failure == null
                    ? findings
                    : new JoinProbe.Findings(String.valueOf(failure.getMessage()), true)));
    return Behaviors.same();
  }

  private Behavior<Command> found(Found found) {
    // Joining itself takes some seconds.
    if (found.findings().refused() || !first) {
      talk.accept("not joined yet: " + found.findings().text());
    }
    first = false;
    timers.startSingleTimer(new Look(), BETWEEN);
    return Behaviors.same();
  }
}
