package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The actors of one kind that a node knows on all nodes, since it began to listen.
 *
 * @param <M> their messages
 */
final class PresentActors<M> {
  private final ActorSystem<?> system;
  private final ServiceKey<M> key;
  private final AtomicReference<Set<ActorRef<M>>> present = new AtomicReference<>(Set.of());
  private final Map<Runnable, ActorRef<M>> waiting = new ConcurrentHashMap<>();

  private PresentActors(ActorSystem<?> system, ServiceKey<M> key) {
    this.system = system;
    this.key = key;
  }

  /**
   * Hears of them from now on.
   *
   * @param name of the actor that listens
   */
  static <M> PresentActors<M> of(ActorSystem<?> system, ServiceKey<M> key, String name) {
    PresentActors<M> actors = new PresentActors<>(system, key);
    system.systemActorOf(actors.listener(), name, Props.empty());
    return actors;
  }

  private Behavior<Receptionist.Listing> listener() {
    return Behaviors.setup(
        context -> {
          context.getSystem().receptionist().tell(Receptionist.subscribe(key, context.getSelf()));
          return Behaviors.receiveMessage(
              listing -> {
                Set<ActorRef<M>> there = Set.copyOf(listing.getServiceInstances(key));
                present.set(there);
                waiting.forEach(
                    (left, one) -> {
                      if (!there.contains(one)) {
                        left.run();
                      }
                    });
                return Behaviors.same();
              });
        });
  }

  Set<ActorRef<M>> now() {
    return present.get();
  }

  /** Nothing where no answer has come in time, or the actor has left meanwhile. */
  <T> CompletableFuture<Optional<T>> ask(
      ActorRef<M> one, akka.japi.function.Function<ActorRef<T>, M> message, Duration within) {
    CompletableFuture<Optional<T>> answer = new CompletableFuture<>();
    Runnable left = () -> answer.complete(Optional.empty());
    waiting.put(left, one);
    AskPattern.<M, T>ask(one, message, within, system.scheduler())
        .whenComplete(
            (said, silent) -> {
              waiting.remove(left);
              answer.complete(Optional.ofNullable(said));
            });
    return answer;
  }
}
