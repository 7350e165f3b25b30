package dev.secateur.actors.events;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import akka.cluster.typed.Cluster;
import dev.secateur.coordinator.http.NodeLogs;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import dev.secateur.protocol.CborSerializable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Serves a node's log: a bounded number of its lines, to any node of its cluster that asks. */
public final class LogKeeper {
  /** Where keepers are. */
  static final ServiceKey<Message> KEY = ServiceKey.create(Message.class, "node-log");

  /** What they are asked and answer. */
  sealed interface Message extends CborSerializable {}

  /** Requests lines. A filter that is null lets all lines through. */
  record Read(
      String worker, String stage, String sweep, String since, int lines, ActorRef<Lines> replyTo)
      implements Message {
    static Read of(NodeLogs.Question question, ActorRef<Lines> replyTo) {
      Map<Filter, String> filters = question.filters();
      return new Read(
          filters.get(Filter.WORKER),
          filters.get(Filter.STAGE),
          filters.get(Filter.SWEEP),
          filters.get(Filter.SINCE),
          question.lines(),
          replyTo);
    }

    NodeLogs.Question question() {
      Map<Filter, String> filters = new EnumMap<>(Filter.class);
      filters.put(Filter.WORKER, worker);
      filters.put(Filter.STAGE, stage);
      filters.put(Filter.SWEEP, sweep);
      filters.put(Filter.SINCE, since);
      filters.values().removeIf(Objects::isNull);
      return new NodeLogs.Question(filters, lines);
    }
  }

  /** The lines, the oldest first. */
  record Lines(String node, List<String> lines) implements CborSerializable {}

  private final ActorContext<Message> context;
  private final LogSearch search;
  private final Executor blocking;

  private LogKeeper(ActorContext<Message> context, LogSearch search) {
    this.context = context;
    this.search = search;
    this.blocking = context.getSystem().dispatchers().lookup(DispatcherSelector.blocking());
  }

  /**
   * @param file the log
   * @param worker whose log all of it is, where the node is one worker's
   */
  public static Behavior<Message> create(
      Path file, EventLog.Rotation rotation, Optional<String> worker) {
    return Behaviors.setup(
        context -> {
          context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
          LogKeeper keeper = new LogKeeper(context, new LogSearch(file, rotation.files(), worker));
          return Behaviors.receive(Message.class).onMessage(Read.class, keeper::read).build();
        });
  }

  private Behavior<Message> read(Read read) {
    String node = Cluster.get(context.getSystem()).selfMember().address().hostPort();
    CompletableFuture.supplyAsync(() -> find(read), blocking)
        .whenComplete(
            (lines, failure) ->
                read.replyTo().tell(new Lines(node, failure == null ? lines : List.of())));
    return Behaviors.same();
  }

  private List<String> find(Read read) {
    try {
      return search.find(read.question());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
