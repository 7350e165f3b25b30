package dev.secateur.actors.node;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.secateur.actors.node.Leftovers.Gone;
import dev.secateur.actors.node.Leftovers.Left;
import dev.secateur.actors.node.Leftovers.Listing;
import dev.secateur.actors.node.Leftovers.Place;
import dev.secateur.protocol.CborSerializable;
import dev.secateur.protocol.FailureReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;

/**
 * Reports leftovers in the work folder of a worker's node, and removes them. Files are read off the
 * actor's thread. Nodes of older versions have none.
 */
final class LeftoverKeeper {
  static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "leftover-keeper");

  /** Names of one message, which has at most some 400 bytes to each. */
  private static final int PAGE = 300;

  private final String worker;
  private final Leftovers leftovers;
  private final Executor blocking;

  /** What the active coordinator's node asks. */
  sealed interface Message extends CborSerializable {}

  /**
   * What is there, some at a time, by their names.
   *
   * @param after the last one that was told; empty for the first
   */
  record Tell(
      Place place, @JsonInclude(JsonInclude.Include.NON_EMPTY) String after, ActorRef<Page> replyTo)
      implements Message {
    Tell {
      after = after == null ? "" : after;
    }
  }

  /** Some of what is there, or why it is not known. */
  record Page(String worker, @JsonUnwrapped Content content) implements CborSerializable {}

  /** What a page tells; written beside its worker. */
  sealed interface Content {
    @JsonCreator
    private static Content read(
        @JsonProperty("listing") Listing listing,
        @JsonProperty("more") boolean more,
        @JsonProperty("problem") String problem) {
      return problem == null ? new Listed(listing, more) : new Unreadable(problem);
    }
  }

  /**
   * @param more whether there are others after these
   */
  record Listed(Listing listing, boolean more) implements Content {}

  /** The folder can't be read. */
  record Unreadable(String problem) implements Content {}

  /**
   * Nobody needs these.
   *
   * @param unused for how long at least
   */
  record Remove(Place place, Set<String> names, Duration unused, ActorRef<Removed> replyTo)
      implements Message {}

  /** What went of them. */
  record Removed(Gone gone) implements CborSerializable {}

  private LeftoverKeeper(String worker, Leftovers leftovers, Executor blocking) {
    this.worker = worker;
    this.leftovers = leftovers;
    this.blocking = blocking;
  }

  /**
   * @param worker the name that people know it by
   */
  static Behavior<Message> create(String worker, Leftovers leftovers) {
    return Behaviors.setup(
        context -> {
          context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
          LeftoverKeeper keeper =
              new LeftoverKeeper(
                  worker,
                  leftovers,
                  context.getSystem().dispatchers().lookup(DispatcherSelector.blocking()));
          keeper.blocking.execute(() -> keeper.nameFolders(context.getSystem().log()));
          return Behaviors.receive(Message.class)
              .onMessage(Tell.class, keeper::tell)
              .onMessage(Remove.class, keeper::remove)
              .build();
        });
  }

  /** If a disk is full, the asking node gets the error. */
  private void nameFolders(Logger log) {
    try {
      leftovers.nameFolders();
    } catch (IOException e) {
      log.warn("the work folder has no name: {}", FailureReason.of(e));
    }
  }

  private Behavior<Message> tell(Tell tell) {
    blocking.execute(
        () -> tell.replyTo().tell(new Page(worker, content(tell.place(), tell.after()))));
    return Behaviors.same();
  }

  private Content content(Place place, String after) {
    try {
      Listing all = leftovers.list(place, Instant.now());
      List<Left> rest =
          all.left().stream().filter(left -> left.name().compareTo(after) > 0).toList();
      List<Left> some = List.copyOf(rest.subList(0, Math.min(PAGE, rest.size())));
      return new Listed(
          new Listing(all.identity(), all.folder(), some, all.all()), rest.size() > PAGE);
    } catch (IOException | UncheckedIOException e) {
      return new Unreadable(FailureReason.of(e));
    }
  }

  private Behavior<Message> remove(Remove remove) {
    blocking.execute(
        () ->
            remove
                .replyTo()
                .tell(
                    new Removed(
                        leftovers.remove(
                            remove.place(), remove.names(), remove.unused(), Instant.now()))));
    return Behaviors.same();
  }
}
