package dev.secateur.actors.node;

import akka.actor.CoordinatedShutdown;
import akka.actor.typed.Behavior;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.Behaviors;
import dev.secateur.coordinator.JournalUnreadable;
import java.util.function.Consumer;

/**
 * Says that a newer version has written the journal, and ends the node: another coordinator, or a
 * newer version of this one, is to go on with it.
 */
public final class JournalWatch {
  /** Why the node ends. */
  enum Unreadable implements CoordinatedShutdown.Reason {
    JOURNAL
  }

  private JournalWatch() {}

  /**
   * @param talk is given the line
   */
  public static Behavior<JournalUnreadable> create(Consumer<String> talk) {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(JournalUnreadable.class, context.getSelf()));
          return Behaviors.receiveMessage(
              unreadable -> {
                talk.accept(unreadable.reason());
                CoordinatedShutdown.get(context.getSystem()).runAll(Unreadable.JOURNAL);
                return Behaviors.stopped();
              });
        });
  }
}
