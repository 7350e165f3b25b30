package dev.secateur.coordinator.http;

import akka.NotUsed;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.stream.ActorAttributes;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.secateur.coordinator.events.EventFields;
import dev.secateur.coordinator.events.EventJournal;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.events.LateFields;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.Notice;
import dev.secateur.protocol.ProgressEvent;
import dev.secateur.protocol.SweepId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * Journalled events for clients, in order and each exactly once. Past and new events are both read
 * from the journal and carry their sequence numbers, so a client that was cut off resumes without
 * reading earlier ones again. A client that follows also receives progress and notices of nodes and
 * workers, which have no number and are not repeated.
 */
public final class EventFeed {

  private final EventJournal journal;
  private final Supplier<Source<Object, NotUsed>> chatter;

  /**
   * @param chatter {@link ProgressEvent}s and {@link Notice}s from now on, which nobody keeps
   */
  public EventFeed(EventJournal journal, Supplier<Source<Object, NotUsed>> chatter) {
    this.journal = journal;
    this.chatter = chatter;
  }

  /**
   * The number after which the newest events begin. Waits for the journal.
   *
   * @param newest how many of them are wanted
   */
  long before(int newest) {
    return Math.max(0, journal.last() - newest);
  }

  /**
   * @param sequence the last number that the client has seen
   * @param sweep whose events alone are wanted
   */
  Source<ServerSentEvent, NotUsed> after(long sequence, Optional<SweepId> sweep, boolean live) {
    long first = sequence + 1;
    Source<Object, NotUsed> journalled = journal.events(first, live).map(event -> (Object) event);
    return (live ? journalled.merge(chatter.get(), true) : journalled)
        .via(messages(first, sweep).async(ActorAttributes.IODispatcher().dispatcher()));
  }

  private Flow<Object, ServerSentEvent, NotUsed> messages(long first, Optional<SweepId> sweep) {
    return Flow.<Object>create()
        .statefulMapConcat(
            () -> {
              LateFields names = new LateFields(journal, first, LateFields.STEP);
              return event -> wanted(fields(event, names), sweep);
            });
  }

  /** Every event's fields are asked for: later ones do not say what sweep a lease is of. */
  private static List<ServerSentEvent> wanted(Map<String, Object> fields, Optional<SweepId> sweep) {
    boolean isWanted = sweep.map(id -> id.value().equals(fields.get("sweep"))).orElse(true);
    return isWanted ? List.of(message(fields)) : List.of();
  }

  private static Map<String, Object> fields(Object event, LateFields names) {
    if (event instanceof JournalledEvent journalled) {
      return names.numbered(journalled);
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("time", Instant.now().toString());
    fields.putAll(
        event instanceof ProgressEvent progress
            ? names.of(progress)
            : EventFields.of((Notice) event));
    return fields;
  }

  private static ServerSentEvent message(Map<String, Object> fields) {
    try {
      return ServerSentEvent.create(
          Json.MAPPER.writeValueAsString(fields),
          Optional.of((String) fields.get("event")),
          Optional.ofNullable(fields.get("sequence")).map(Object::toString),
          OptionalInt.empty());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
