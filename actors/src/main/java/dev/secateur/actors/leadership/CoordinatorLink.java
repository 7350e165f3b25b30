package dev.secateur.actors.leadership;

import akka.actor.ActorSelection;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.remote.artery.ThisActorSystemQuarantinedEvent;
import dev.secateur.protocol.CoordinatorMessage;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A node's connection to the active coordinator, wherever it is. It asks the coordinator nodes
 * every second which one leads, forwards messages to it, and buffers some while there is none. It
 * ends the node when the node is no longer part of the coordinator's cluster.
 */
public final class CoordinatorLink {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final int MOST_KEPT = 1_000;

  /** What it understands, beside all that it passes on. */
  interface Command extends CoordinatorMessage, Presence.Local {}

  private enum Tick implements Command {
    INSTANCE
  }

  /** An answer of a coordinator node. */
  record Heard(Presence.Answer answer) implements Command {}

  /** Another coordinator holds the journal, at HOST:PORT. */
  record Held(String address) implements Command {}

  private record Removed(String by) implements Command {}

  /**
   * @param role of nodes that coordinate
   * @param addresses HOST:PORT of nodes that may coordinate, beside those of its cluster
   * @param patience how long the node may do without any coordinator
   */
  public record Way(String role, Collection<String> addresses, Duration patience) {
    /** The patience of a node that needs no other. */
    public static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();
  }

  private final ActorContext<CoordinatorMessage> context;
  private final Way way;
  private final InstantSource clock;
  private final Cluster cluster;
  private final ActorRef<Presence.Answer> answers;
  private final Deque<CoordinatorMessage> kept = new ArrayDeque<>();
  private String holder; // HOST:PORT; null until it is known
  private Contact contact;

  private CoordinatorLink(ActorContext<CoordinatorMessage> context, Way way, InstantSource clock) {
    this.context = context;
    this.way = way;
    this.clock = clock;
    this.cluster = Cluster.get(context.getSystem());
    this.answers = context.messageAdapter(Presence.Answer.class, Heard::new);
    this.contact = Contact.at(clock.instant());
  }

  /** The behavior of one node's link. */
  public static Behavior<CoordinatorMessage> create(Way way, InstantSource clock) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(timers -> new CoordinatorLink(context, way, clock).begin(timers)));
  }

  private Behavior<CoordinatorMessage> begin(TimerScheduler<CoordinatorMessage> timers) {
    ActorRef<ThisActorSystemQuarantinedEvent> told =
        context.messageAdapter(
            ThisActorSystemQuarantinedEvent.class,
            event -> new Removed(HostPort.of(event.remoteAddress().address())));
    Adapter.toClassic(context.getSystem())
        .eventStream()
        .subscribe(Adapter.toClassic(told), ThisActorSystemQuarantinedEvent.class);
    timers.startTimerWithFixedDelay(Tick.INSTANCE, Duration.ZERO, EVERY);
    return Behaviors.receive(CoordinatorMessage.class)
        .onMessage(Tick.class, tick -> tick())
        .onMessage(Heard.class, this::heard)
        .onMessage(Held.class, this::held)
        .onMessage(Removed.class, this::removed)
        .onAnyMessage(this::pass)
        .build();
  }

  private Behavior<CoordinatorMessage> tick() {
    Member self = cluster.selfMember();
    Presence.Ask ask = new Presence.Ask(Presence.NodeId.of(self.uniqueAddress()), answers);
    addresses().forEach(address -> at(address).tell(ask, akka.actor.ActorRef.noSender()));
    if (isMember(self)) {
      contact
          .end(clock.instant(), way.patience())
          .ifPresent(why -> EndedBecause.end(context.getSystem(), why));
    } else {
      contact = Contact.at(clock.instant());
    }
    return Behaviors.same();
  }

  private static boolean isMember(Member self) {
    return self.status() == MemberStatus.up() || self.status() == MemberStatus.weaklyUp();
  }

  private Set<String> addresses() {
    Set<String> addresses = new HashSet<>(way.addresses());
    if (holder != null) {
      addresses.add(holder);
    }
    cluster
        .state()
        .getMembers()
        .forEach(
            member -> {
              if (member.hasRole(way.role())) {
                addresses.add(HostPort.of(member.address()));
              }
            });
    return addresses;
  }

  private ActorSelection at(String address) {
    return Adapter.toClassic(context)
        .actorSelection(
            cluster.selfMember().address().protocol()
                + "://"
                + cluster.selfMember().address().system()
                + "@"
                + address
                + "/user/"
                + Leadership.NAME);
  }

  private Behavior<CoordinatorMessage> heard(Heard heard) {
    contact = contact.with(heard.answer(), clock.instant());
    contact
        .active(clock.instant())
        .ifPresent(
            active -> {
              kept.forEach(active.coordinator()::tell);
              kept.clear();
            });
    return Behaviors.same();
  }

  private Behavior<CoordinatorMessage> held(Held held) {
    holder = held.address();
    return Behaviors.same();
  }

  private Behavior<CoordinatorMessage> removed(Removed removed) {
    contact = contact.removed(removed.by(), clock.instant());
    return Behaviors.same();
  }

  private Behavior<CoordinatorMessage> pass(CoordinatorMessage message) {
    Optional<Presence.Active> active = contact.active(clock.instant());
    if (active.isPresent()) {
      active.get().coordinator().tell(message);
      return Behaviors.same();
    }
    if (kept.size() == MOST_KEPT) {
      kept.removeFirst(); // its sender repeats it, or is told that nobody answers
    }
    kept.addLast(message);
    return Behaviors.same();
  }
}
