package dev.secateur.actors.events;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.eventstream.EventStream;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.BehaviorBuilder;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import dev.secateur.coordinator.events.EventFields;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Writes every domain event as one JSON line: time, node, actor and event first, then its fields.
 * Journalled events carry their sequence number; progress and notices have none. Lines of a {@link
 * NodeLog} stand between them. Until it knows its file, it buffers.
 */
public final class EventLog {
  /** What the log understands. */
  public sealed interface Command {}

  /**
   * Write to this file from now on, first what was heard before.
   *
   * @param rotation how old lines are removed
   * @param log what else is written there
   */
  public record Open(Path file, Rotation rotation, NodeLog log) implements Command {}

  /**
   * Old lines of a file go to further files, FILE.1 the youngest, and in the end are deleted.
   *
   * @param bytes from which size on a file is put aside
   * @param files how many are kept beside the current one
   */
  public record Rotation(long bytes, int files) {}

  private record Journalled(JournalledEvent event) implements Command {}

  private record Progressed(ProgressEvent event) implements Command {}

  private record Noticed(Notice notice) implements Command {}

  private final EventFields names;
  private final String node;

  private EventLog(ActorContext<Command> context) {
    node = Cluster.get(context.getSystem()).selfMember().address().hostPort();
    names = new EventFields();
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
    context
        .getSystem()
        .eventStream()
        .tell(
            new EventStream.Subscribe<>(
                Notice.class, context.messageAdapter(Notice.class, Noticed::new)));
  }

  /** Begins to listen. */
  public static Behavior<Command> create() {
    return Behaviors.setup(context -> new EventLog(context).keeping());
  }

  /** No file is known yet. */
  private Behavior<Command> keeping() {
    List<Map<String, Object>> kept = new ArrayList<>();
    return lines(kept::add).onMessage(Open.class, open -> writing(open, kept)).build();
  }

  private Behavior<Command> writing(Open open, List<Map<String, Object>> kept) {
    EventFile file = new EventFile(open.file(), open.rotation());
    kept.forEach(file::write);
    open.log().writeTo(fields -> file.write(withNode(fields)));
    return lines(file::write)
        .onMessage(Open.class, other -> writing(other, List.of()))
        .onSignal(
            PostStop.class,
            stop -> {
              open.log().close();
              file.close();
              return Behaviors.same();
            })
        .build();
  }

  /**
   * Makes a line of every event.
   *
   * @param sink where lines go
   */
  private BehaviorBuilder<Command> lines(Consumer<Map<String, Object>> sink) {
    return Behaviors.receive(Command.class)
        .onMessage(Journalled.class, event -> took(journalled(event), sink))
        .onMessage(Progressed.class, event -> took(progressed(event), sink))
        .onMessage(Noticed.class, event -> took(noticed(event), sink));
  }

  private static Behavior<Command> took(
      Map<String, Object> line, Consumer<Map<String, Object>> sink) {
    sink.accept(line);
    return Behaviors.same();
  }

  private Map<String, Object> journalled(Journalled journalled) {
    Map<String, Object> line = line("coordinator");
    line.put("sequence", journalled.event().sequence());
    line.putAll(names.of(journalled.event().event()));
    return line;
  }

  private Map<String, Object> progressed(Progressed progressed) {
    Map<String, Object> line = line("worker");
    line.putAll(names.of(progressed.event()));
    return line;
  }

  private Map<String, Object> noticed(Noticed noticed) {
    Map<String, Object> line = line(noticed.notice().actor());
    line.putAll(EventFields.of(noticed.notice()));
    return line;
  }

  private Map<String, Object> withNode(Map<String, Object> fields) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("node", node);
    line.putAll(fields);
    return line;
  }

  private Map<String, Object> line(String actor) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("node", node);
    line.put("actor", actor);
    return line;
  }
}
