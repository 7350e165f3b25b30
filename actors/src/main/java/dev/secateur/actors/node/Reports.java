package dev.secateur.actors.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.coordinator.report.SweepReported;
import dev.secateur.protocol.SweepId;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** The reports of sweeps that end on this node from now on. */
public final class Reports {
  private final Map<SweepId, CompletableFuture<SweepReported>> reports = new ConcurrentHashMap<>();

  private Reports() {}

  /** Listens; to be asked for before a sweep is submitted. */
  public static Reports listen(ActorSystem<?> system) {
    Reports reports = new Reports();
    system.systemActorOf(reports.listener(), "reports-" + UUID.randomUUID(), Props.empty());
    return reports;
  }

  private Behavior<SweepReported> listener() {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(SweepReported.class, context.getSelf()));
          return Behaviors.receiveMessage(
              report -> {
                of(report.results().sweep()).complete(report);
                return Behaviors.same();
              });
        });
  }

  /** Completed when that sweep has ended. */
  public CompletableFuture<SweepReported> of(SweepId sweep) {
    return reports.computeIfAbsent(sweep, id -> new CompletableFuture<>());
  }
}
