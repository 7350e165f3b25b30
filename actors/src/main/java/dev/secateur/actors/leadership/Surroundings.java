package dev.secateur.actors.leadership;

import akka.actor.Address;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.cluster.ClusterEvent.ReachabilityChanged;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.Reachability;
import akka.cluster.UniqueAddress;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Down;
import akka.cluster.typed.Join;
import akka.cluster.typed.JoinSeedNodes;
import akka.cluster.typed.Subscribe;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import scala.jdk.javaapi.CollectionConverters;

/** The cluster as a node sees it. */
final class Surroundings {
  private static final Set<MemberStatus> THERE =
      Set.of(
          MemberStatus.joining(),
          MemberStatus.weaklyUp(),
          MemberStatus.up(),
          MemberStatus.leaving());

  private final Cluster cluster;

  Surroundings(ActorSystem<?> system) {
    cluster = Cluster.get(system);
  }

  UniqueAddress self() {
    return cluster.selfMember().uniqueAddress();
  }

  /** HOST:PORT of this node. */
  String address() {
    return HostPort.of(self().address());
  }

  /** Whether this node is a member. */
  boolean isJoined() {
    return THERE.contains(cluster.selfMember().status());
  }

  /** Whether this node was a member, and is none any more. */
  boolean isEnding() {
    MemberStatus status = cluster.selfMember().status();
    return cluster.isTerminated()
        || status == MemberStatus.down()
        || status == MemberStatus.exiting();
  }

  /** The members that have not left, nor been told to. */
  Set<UniqueAddress> members() {
    return present().map(Member::uniqueAddress).collect(Collectors.toSet());
  }

  boolean knows(Presence.NodeId node) {
    return members().stream().map(Presence.NodeId::of).anyMatch(node::equals);
  }

  private Stream<Member> present() {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> THERE.contains(member.status()));
  }

  /** Tells of every change in who can't reach whom. */
  void observe(ActorRef<ReachabilityChanged> listener) {
    cluster.subscriptions().tell(Subscribe.create(listener, ReachabilityChanged.class));
  }

  /** Who can't reach whom. Akka keeps this to itself; its own downing goes by it too. */
  static Set<Losses.Observation> observations(ReachabilityChanged event) {
    return CollectionConverters.asJava(event.reachability().records()).stream()
        .filter(record -> record.status() != Reachability.Reachable$.MODULE$)
        .map(record -> new Losses.Observation(record.observer(), record.subject()))
        .collect(Collectors.toSet());
  }

  void formCluster() {
    cluster.manager().tell(Join.create(self().address()));
  }

  /** Asks nodes, HOST:PORT, to take this one up, until one does. */
  void join(List<String> addresses) {
    cluster.manager().tell(new JoinSeedNodes(addresses.stream().map(this::akkaAddress).toList()));
  }

  private Address akkaAddress(String hostPort) {
    int colon = hostPort.lastIndexOf(':');
    Address own = self().address();
    return new Address(
        own.protocol(),
        own.system(),
        hostPort.substring(0, colon),
        Integer.parseInt(hostPort.substring(colon + 1)));
  }

  /** Removes a node, which ends once it hears of it. */
  void remove(UniqueAddress node) {
    cluster.manager().tell(new Down(node.address()));
  }
}
