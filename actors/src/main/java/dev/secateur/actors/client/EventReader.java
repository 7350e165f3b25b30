package dev.secateur.actors.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads events, each once and in order. If a stream breaks, it resumes after the last sequence
 * number, at the next address. Each event that arrives extends the time limit.
 */
final class EventReader {

  private final Map<String, String> query;
  private final boolean follow;
  private final ApiClient.EventListener listener;
  private long last;

  EventReader(
      Map<String, String> query, long since, boolean follow, ApiClient.EventListener listener) {
    this.query = query;
    this.last = since;
    this.follow = follow;
    this.listener = listener;
  }

  /** Reads until the stream ends or the listener has enough; without end when following. */
  void read(Exchange exchange) throws IOException, InterruptedException {
    Exchange asking = exchange;
    long patience = exchange.times().patience().toNanos();
    long end = System.nanoTime() + patience;
    for (boolean first = true; ; first = false) {
      Exchange.Opened answer = asking.open(ApiRequest.get("/api/v1/events", query()));
      if (!first) {
        exchange.say("reconnected to " + answer.address());
      }
      String why = "the stream of events ended";
      long before = last;
      try (EventStream events = new EventStream(answer)) {
        if (told(events) || !follow) {
          return;
        }
      } catch (IOException e) {
        end = last > before ? System.nanoTime() + patience : end;
        if (!follow && System.nanoTime() > end) {
          throw new IOException(answer.address() + ": the connection broke: " + e.getMessage(), e);
        }
        why = "the connection broke: " + e.getMessage();
      }
      exchange.say("not connected: " + answer.address() + ": " + why);
      exchange.leave(answer.address());
      asking = follow ? exchange.untilAnswered() : exchange;
      Thread.sleep(exchange.times().pause().toMillis());
    }
  }

  private Map<String, String> query() {
    Map<String, String> all = new HashMap<>(query);
    all.put("since", Long.toString(last));
    all.put("follow", Boolean.toString(follow));
    return all;
  }

  /** Whether the listener has enough. */
  private boolean told(EventStream events) throws IOException {
    for (Optional<String> data = events.next(); data.isPresent(); data = events.next()) {
      JsonNode event = Json.MAPPER.readTree(data.get());
      boolean isKnown = event.has("sequence") && event.get("sequence").asLong() <= last;
      last = event.path("sequence").asLong(last);
      if (!isKnown && listener.event(event)) {
        return true;
      }
    }
    return false;
  }
}
