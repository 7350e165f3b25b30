package dev.secateur.actors.node;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import dev.secateur.actors.leadership.EndedBecause;

/**
 * Why a node has ended.
 *
 * @param why in words for its operator; empty if it was told to end, or has reported it already
 */
public record TerminationReason(Kind kind, String why) {

  /** What is to follow. */
  public enum Kind {
    /** Nothing. */
    IN_ORDER,

    /** It has no part in its cluster any more, and is to be started again. */
    LOST,

    /** No cluster took it up. */
    NOT_JOINED
  }

  /** Why a system that has terminated did. */
  public static TerminationReason of(ActorSystem<?> system) {
    CoordinatedShutdown.Reason reason =
        CoordinatedShutdown.get(system)
            .getShutdownReason()
            .orElse(CoordinatedShutdown.actorSystemTerminateReason());
    if (reason instanceof EndedBecause ended) {
      return new TerminationReason(Kind.LOST, ended.why());
    } else if (reason.equals(CoordinatedShutdown.clusterDowningReason())) {
      return new TerminationReason(Kind.LOST, "the rest of the cluster declared this node lost");
    }
    return reason.equals(CoordinatedShutdown.clusterJoinUnsuccessfulReason())
        ? new TerminationReason(Kind.NOT_JOINED, "")
        : new TerminationReason(Kind.IN_ORDER, "");
  }
}
