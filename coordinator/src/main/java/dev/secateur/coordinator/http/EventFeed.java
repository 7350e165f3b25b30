package dev.secateur.coordinator.http;

import akka.NotUsed;
import akka.http.javadsl.model.sse.ServerSentEvent;
import akka.stream.javadsl.Source;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.coordinator.events.EventFields;
import dev.secateur.protocol.JournalledEvent;
import dev.secateur.protocol.SweepId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Journalled events for clients, in order and each once: they come out of the journal itself, past
 * ones and new ones alike, and carry their sequence numbers, so that a client that was cut off goes
 * on where it was.
 */
public final class EventFeed {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Journal journal;

  /** Where events are read from. */
  @FunctionalInterface
  public interface Journal {
    /**
     * All events from the first on.
     *
     * @param live whether it goes on with those to come
     */
    Source<JournalledEvent, NotUsed> events(boolean live);
  }

  public EventFeed(Journal journal) {
    this.journal = journal;
  }

  /**
   * @param sequence the last number that the client has seen
   * @param sweep whose events alone are wanted
   */
  Source<ServerSentEvent, NotUsed> after(long sequence, Optional<SweepId> sweep, boolean live) {
    return journal
        .events(live)
        .statefulMapConcat(
            () -> {
              EventFields names = new EventFields();
              return event -> {
                // Every event is looked at: later ones do not say what sweep a lease is of.
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("sequence", event.sequence());
                fields.put("time", event.time().toString());
                fields.putAll(names.of(event.event()));
                boolean wanted =
                    event.sequence() > sequence
                        && sweep.map(id -> id.value().equals(fields.get("sweep"))).orElse(true);
                return wanted ? List.of(message(fields)) : List.of();
              };
            });
  }

  private static ServerSentEvent message(Map<String, Object> fields) {
    try {
      return ServerSentEvent.create(
          JSON.writeValueAsString(fields),
          Optional.of((String) fields.get("event")),
          Optional.of(fields.get("sequence").toString()),
          OptionalInt.empty());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
