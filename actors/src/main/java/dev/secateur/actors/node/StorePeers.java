package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.StoreAccess;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Informs the coordinators of a cluster of the addresses of each other's stores of artifacts. */
final class StorePeers {
  private static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "artifact-store");

  private final ActorContext<Message> context;
  private final StoreAccess own;
  private final AtomicReference<List<StoreAccess>> known;
  private final Map<ActorRef<Message>, StoreAccess> stores = new HashMap<>();
  private Set<ActorRef<Message>> present = Set.of();

  /** What they say to each other. */
  sealed interface Message extends CborSerializable {}

  /** A store is here. */
  record Here(StoreAccess store, ActorRef<Message> from) implements Message {}

  private record Listed(Set<ActorRef<Message>> all) implements Message {}

  private StorePeers(
      ActorContext<Message> context, StoreAccess own, AtomicReference<List<StoreAccess>> known) {
    this.context = context;
    this.own = own;
    this.known = known;
  }

  /**
   * @param own this node's
   * @param known set to the stores of the other coordinators that are there
   */
  static Behavior<Message> create(StoreAccess own, AtomicReference<List<StoreAccess>> known) {
    return Behaviors.setup(
        context -> {
          ActorRef<Receptionist.Command> receptionist = context.getSystem().receptionist();
          receptionist.tell(Receptionist.register(KEY, context.getSelf()));
          receptionist.tell(
              Receptionist.subscribe(
                  KEY,
                  context.messageAdapter(
                      Receptionist.Listing.class,
                      listing -> new Listed(Set.copyOf(listing.getServiceInstances(KEY))))));
          StorePeers peers = new StorePeers(context, own, known);
          return Behaviors.receive(Message.class)
              .onMessage(Listed.class, peers::listed)
              .onMessage(Here.class, peers::here)
              .build();
        });
  }

  private Behavior<Message> listed(Listed listed) {
    listed.all().stream()
        .filter(other -> !other.equals(context.getSelf()))
        .forEach(other -> other.tell(new Here(own, context.getSelf())));
    present = listed.all();
    return tell();
  }

  private Behavior<Message> here(Here here) {
    stores.put(here.from(), here.store());
    return tell();
  }

  private Behavior<Message> tell() {
    known.set(
        stores.entrySet().stream()
            .filter(store -> present.contains(store.getKey()))
            .map(Map.Entry::getValue)
            .toList());
    return Behaviors.same();
  }
}
