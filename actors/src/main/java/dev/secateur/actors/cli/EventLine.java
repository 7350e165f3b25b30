package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** An event as a line for people: when, what, and what stands with it. */
final class EventLine {
  private static final Set<String> APART = Set.of("time", "event", "sequence", "sha256", "lease");

  private EventLine() {}

  static String of(JsonNode event) {
    List<String> fields = new ArrayList<>();
    event
        .properties()
        .forEach(
            field -> {
              if (!APART.contains(field.getKey())) {
                fields.add(field.getKey() + "=" + brief(field.getValue()));
              }
            });
    String number = event.has("sequence") ? " #" + event.get("sequence").asLong() + " " : " ";
    return event.path("time").asText()
        + number
        + event.path("event").asText()
        + " "
        + String.join(" ", fields);
  }

  private static String brief(JsonNode value) {
    return value.isTextual() ? value.asText() : value.toString();
  }
}
