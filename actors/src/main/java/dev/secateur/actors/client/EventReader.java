package dev.secateur.actors.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads events, each once and in order. If a stream breaks, it resumes after the last sequence
 * number, at the next address. Each event that arrives extends the time limit.
 *
 * <p>The API writes one {@code data} line per event, so there is little to parse. A library for
 * server-sent events would bring an HTTP client of its own, beside {@link Exchange}.
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
      Exchange.Opened stream = asking.open(ApiRequest.get("/api/v1/events", query()));
      if (!first) {
        exchange.say("reconnected to " + stream.address());
      }
      String why = "the stream of events ended";
      long before = last;
      try (InputStream body = stream.body()) {
        if (told(body) || !follow) {
          return;
        }
      } catch (IOException e) {
        end = last > before ? System.nanoTime() + patience : end;
        if (!follow && System.nanoTime() > end) {
          throw new IOException(stream.address() + ": the connection broke: " + e.getMessage(), e);
        }
        why = "the connection broke: " + e.getMessage();
      }
      exchange.say("not connected: " + stream.address() + ": " + why);
      exchange.leave(stream.address());
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
  private boolean told(InputStream body) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("data:") && line.length() > "data:".length()) {
        JsonNode event = Json.MAPPER.readTree(line.substring("data:".length()));
        boolean isKnown = event.has("sequence") && event.get("sequence").asLong() <= last;
        last = event.path("sequence").asLong(last);
        if (!isKnown && listener.event(event)) {
          return true;
        }
      }
    }
    return false;
  }
}
