package dev.secateur.actors.leadership;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.secateur.protocol.CoordinatorMessage;
import dev.secateur.protocol.NodeRemoved;

/** Reports nodes that are no longer members of the cluster to the active coordinator. */
public final class RemovedNodes {
  private RemovedNodes() {}

  /**
   * @param coordinator the link to it
   */
  public static Behavior<MemberRemoved> create(ActorRef<CoordinatorMessage> coordinator) {
    return Behaviors.setup(
        context -> {
          Cluster.get(context.getSystem())
              .subscriptions()
              .tell(Subscribe.create(context.getSelf(), MemberRemoved.class));
          return Behaviors.receiveMessage(
              removed -> {
                coordinator.tell(new NodeRemoved(removed.member().address().hostPort()));
                return Behaviors.same();
              });
        });
  }
}
