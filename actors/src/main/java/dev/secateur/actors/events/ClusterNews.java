package dev.secateur.actors.events;

import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.secateur.protocol.Notice;
import java.util.HashMap;
import java.util.Map;

/** Reports nodes that join and leave, and changes of the leader, to this node's event stream. */
public final class ClusterNews {
  private ClusterNews() {}

  public static Behavior<ClusterEvent.ClusterDomainEvent> create() {
    return Behaviors.setup(
        context -> {
          Cluster.get(context.getSystem())
              .subscriptions()
              .tell(Subscribe.create(context.getSelf(), ClusterEvent.ClusterDomainEvent.class));
          return Behaviors.receive(ClusterEvent.ClusterDomainEvent.class)
              .onMessage(
                  ClusterEvent.MemberUp.class,
                  up -> tell(context, "node-up", withRoles(up.member())))
              .onMessage(
                  ClusterEvent.MemberRemoved.class,
                  removed -> tell(context, "node-removed", withReason(removed)))
              .onMessage(
                  ClusterEvent.UnreachableMember.class,
                  lost -> tell(context, "node-unreachable", withRoles(lost.member())))
              .onMessage(
                  ClusterEvent.ReachableMember.class,
                  back -> tell(context, "node-reachable", withRoles(back.member())))
              .onMessage(
                  ClusterEvent.LeaderChanged.class,
                  changed ->
                      tell(
                          context,
                          "leader-changed",
                          Map.of(
                              "member",
                              changed
                                  .leader()
                                  .map(leader -> leader.hostPort())
                                  .getOrElse(() -> ""))))
              .onAnyMessage(other -> Behaviors.same())
              .build();
        });
  }

  private static Map<String, Object> withRoles(Member member) {
    return Map.of("member", member.address().hostPort(), "roles", member.getRoles());
  }

  private static Map<String, Object> withReason(ClusterEvent.MemberRemoved removed) {
    Map<String, Object> fields = new HashMap<>(withRoles(removed.member()));
    boolean down = removed.previousStatus().equals(MemberStatus.down());
    fields.put("reason", down ? "the active coordinator declared it lost" : "it left the cluster");
    return fields;
  }

  private static Behavior<ClusterEvent.ClusterDomainEvent> tell(
      ActorContext<?> context, String event, Map<String, Object> fields) {
    Notice notice = new Notice("cluster", event, fields);
    context.getSystem().eventStream().tell(new EventStream.Publish<>(notice));
    return Behaviors.same();
  }
}
