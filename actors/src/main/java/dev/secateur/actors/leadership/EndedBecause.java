package dev.secateur.actors.leadership;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;

/** Why a node ends itself, in words for its operator. */
public record EndedBecause(String why) implements CoordinatedShutdown.Reason {

  /** Ends a node in order. The first reason counts. */
  public static void end(ActorSystem<?> system, String why) {
    CoordinatedShutdown.get(system).runAll(new EndedBecause(why));
  }
}
