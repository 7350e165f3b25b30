package dev.secateur.actors.node;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import java.util.Optional;

/** Why a node has ended. */
public enum Ending {
  /** It was told to, or had nobody left to work for. */
  IN_ORDER,

  /** The rest of its cluster could not reach it, or it could not reach the rest. */
  DOWNED,

  /** No cluster took it up. */
  NOT_JOINED,

  /** A newer version has written the journal. */
  JOURNAL_UNREADABLE;

  /** Why a system that has terminated did. */
  public static Ending of(ActorSystem<?> system) {
    Optional<CoordinatedShutdown.Reason> reason =
        CoordinatedShutdown.get(system).getShutdownReason();
    if (reason.equals(Optional.of(CoordinatedShutdown.clusterDowningReason()))) {
      return DOWNED;
    }
    if (reason.equals(Optional.of(JournalWatch.Unreadable.JOURNAL))) {
      return JOURNAL_UNREADABLE;
    }
    return reason.equals(Optional.of(CoordinatedShutdown.clusterJoinUnsuccessfulReason()))
        ? NOT_JOINED
        : IN_ORDER;
  }
}
