package dev.secateur.actors.node;

import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.actors.leadership.EndedBecause;
import dev.secateur.coordinator.JournalUnreadable;

/**
 * Ends a node whose journal was written by a newer version: another coordinator, or a newer version
 * of this one, must continue with it.
 */
final class JournalWatch {
  private JournalWatch() {}

  static Behavior<JournalUnreadable> create() {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(JournalUnreadable.class, context.getSelf()));
          return Behaviors.receiveMessage(
              unreadable -> {
                EndedBecause.end(context.getSystem(), unreadable.reason());
                return Behaviors.stopped();
              });
        });
  }
}
