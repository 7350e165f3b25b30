package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** The keepers that a node knows of, from when it began to listen. */
final class PresentKeepers {
  private final AtomicReference<Set<ActorRef<Keeper.Message>>> present =
      new AtomicReference<>(Set.of());

  private PresentKeepers() {}

  /**
   * Hears of keepers from now on.
   *
   * @param name of the actor that listens
   */
  static PresentKeepers of(ActorSystem<?> system, String name) {
    PresentKeepers keepers = new PresentKeepers();
    system.systemActorOf(keepers.listener(), name, Props.empty());
    return keepers;
  }

  private Behavior<Receptionist.Listing> listener() {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .receptionist()
              .tell(Receptionist.subscribe(Keeper.KEY, context.getSelf()));
          return Behaviors.receiveMessage(
              listing -> {
                present.set(Set.copyOf(listing.getServiceInstances(Keeper.KEY)));
                return Behaviors.same();
              });
        });
  }

  Set<ActorRef<Keeper.Message>> now() {
    return present.get();
  }
}
