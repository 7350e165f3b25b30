package dev.secateur.actors.node;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.util.stream.StreamSupport;

/**
 * Ends a worker's node when the last coordinator was removed from its cluster. One that is started
 * again is a cluster of its own, which the node finds when its parent starts it anew.
 */
final class CoordinatorWatch {
  private final ActorContext<ClusterEvent.MemberRemoved> context;

  private CoordinatorWatch(ActorContext<ClusterEvent.MemberRemoved> context) {
    this.context = context;
  }

  static Behavior<ClusterEvent.MemberRemoved> create() {
    return Behaviors.setup(
        context -> {
          Cluster.get(context.getSystem())
              .subscriptions()
              .tell(Subscribe.create(context.getSelf(), ClusterEvent.MemberRemoved.class));
          CoordinatorWatch watch = new CoordinatorWatch(context);
          return Behaviors.receive(ClusterEvent.MemberRemoved.class)
              .onMessage(ClusterEvent.MemberRemoved.class, watch::removed)
              .build();
        });
  }

  private Behavior<ClusterEvent.MemberRemoved> removed(ClusterEvent.MemberRemoved event) {
    boolean left =
        StreamSupport.stream(
                Cluster.get(context.getSystem()).state().getMembers().spliterator(), false)
            .anyMatch(CoordinatorWatch::coordinates);
    if (coordinates(event.member()) && !left) {
      context.getLog().warn("the last coordinator is gone; this node joins anew");
      context.getSystem().terminate();
    }
    return Behaviors.same();
  }

  private static boolean coordinates(Member member) {
    return member.hasRole(Node.COORDINATOR);
  }
}
