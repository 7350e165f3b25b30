package dev.secateur.actors.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.coordinator.report.SweepReported;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The next report of a sweep that ends on this node. */
public final class NextReport {
  private NextReport() {}

  /** Completed once; asked for before the sweep is submitted. */
  public static CompletableFuture<SweepReported> of(ActorSystem<?> system) {
    CompletableFuture<SweepReported> reported = new CompletableFuture<>();
    system.systemActorOf(await(reported), "await-report-" + UUID.randomUUID(), Props.empty());
    return reported;
  }

  private static Behavior<SweepReported> await(CompletableFuture<SweepReported> reported) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(SweepReported.class, context.getSelf()));
          return Behaviors.receiveMessage(
              message -> {
                reported.complete(message);
                return Behaviors.stopped();
              });
        });
  }
}
