package dev.secateur.actors.events;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import dev.secateur.coordinator.events.EventFields;
import dev.secateur.protocol.JournalledEvent;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.Trial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes every domain event as one JSON line: time, node, actor and event first, then its fields.
 * Journalled events carry their sequence number; progress and the cluster's comings and goings have
 * none. Until it is told its file it keeps what it hears.
 */
public final class EventLog {
  /** What the log understands. */
  public sealed interface Command {}

  /** Write to this file from now on, first what was heard before. */
  public record Open(Path file) implements Command {}

  private record Journalled(JournalledEvent event) implements Command {}

  private record Progressed(ProgressEvent event) implements Command {}

  private record ClusterChanged(ClusterEvent.ClusterDomainEvent event) implements Command {}

  private final EventFields names = new EventFields();
  private final String node;
  private final List<Map<String, Object>> kept = new ArrayList<>();
  private Optional<EventFile> file = Optional.empty();

  private EventLog(ActorContext<Command> context, List<Trial> plan) {
    node = Cluster.get(context.getSystem()).selfMember().address().hostPort();
    names.learn(plan);
    context
        .getSystem()
        .eventStream()
        .tell(
            new EventStream.Subscribe<>(
                JournalledEvent.class,
                context.messageAdapter(JournalledEvent.class, Journalled::new)));
    context
        .getSystem()
        .eventStream()
        .tell(
            new EventStream.Subscribe<>(
                ProgressEvent.class, context.messageAdapter(ProgressEvent.class, Progressed::new)));
    Cluster.get(context.getSystem())
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(ClusterEvent.ClusterDomainEvent.class, ClusterChanged::new),
                ClusterEvent.ClusterDomainEvent.class));
  }

  /**
   * @param plan trials whose stages may come up, so that a stage's line can name them
   */
  public static Behavior<Command> create(List<Trial> plan) {
    return Behaviors.setup(context -> new EventLog(context, plan).behavior());
  }

  private Behavior<Command> behavior() {
    return Behaviors.receive(Command.class)
        .onMessage(Open.class, this::open)
        .onMessage(Journalled.class, this::journalled)
        .onMessage(Progressed.class, this::progressed)
        .onMessage(ClusterChanged.class, this::clusterChanged)
        .onSignal(
            PostStop.class,
            stop -> {
              file.ifPresent(EventFile::close);
              return Behaviors.same();
            })
        .build();
  }

  private Behavior<Command> open(Open open) {
    EventFile opened = new EventFile(open.file());
    kept.forEach(opened::write);
    kept.clear();
    file = Optional.of(opened);
    return Behaviors.same();
  }

  private Behavior<Command> journalled(Journalled journalled) {
    Map<String, Object> line = line("coordinator");
    line.put("sequence", journalled.event().sequence());
    line.putAll(names.of(journalled.event().event()));
    return write(line);
  }

  private Behavior<Command> progressed(Progressed progressed) {
    Map<String, Object> line = line("worker");
    line.putAll(names.of(progressed.event()));
    return write(line);
  }

  private Behavior<Command> clusterChanged(ClusterChanged changed) {
    Map<String, Object> line = line("cluster");
    if (changed.event() instanceof ClusterEvent.MemberUp up) {
      line.put("event", "node-up");
      line.put("member", up.member().address().hostPort());
      line.put("roles", up.member().getRoles());
    } else if (changed.event() instanceof ClusterEvent.MemberRemoved removed) {
      line.put("event", "node-removed");
      line.put("member", removed.member().address().hostPort());
    } else if (changed.event() instanceof ClusterEvent.UnreachableMember unreachable) {
      line.put("event", "node-unreachable");
      line.put("member", unreachable.member().address().hostPort());
    } else if (changed.event() instanceof ClusterEvent.ReachableMember reachable) {
      line.put("event", "node-reachable");
      line.put("member", reachable.member().address().hostPort());
    } else {
      return Behaviors.same();
    }
    return write(line);
  }

  private Map<String, Object> line(String actor) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("node", node);
    line.put("actor", actor);
    return line;
  }

  private Behavior<Command> write(Map<String, Object> line) {
    if (file.isPresent()) {
      file.get().write(line);
    } else {
      kept.add(line);
    }
    return Behaviors.same();
  }
}
