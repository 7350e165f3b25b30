package dev.secateur.actors.soak;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The events of a journal, as {@code /api/v1/events} tells them. */
record JournalLines(List<JsonNode> events) {
  /**
   * @param stream server-sent events
   */
  static JournalLines of(String stream) throws JsonProcessingException {
    List<JsonNode> events = new ArrayList<>();
    for (String line : stream.lines().toList()) {
      if (line.startsWith("data:") && line.length() > "data:".length()) {
        events.add(Json.MAPPER.readTree(line.substring("data:".length())));
      }
    }
    return new JournalLines(List.copyOf(events));
  }

  long count(String event) {
    return events.stream().filter(each -> each.get("event").asText().equals(event)).count();
  }

  /**
   * Completions of a stage that the journal of the same sweep has already, and whose artifact was
   * not lost since: a worker may die before the coordinator's store has a copy of what it made.
   */
  List<JsonNode> completedTwice() {
    Set<String> done = new HashSet<>();
    List<JsonNode> twice = new ArrayList<>();
    for (JsonNode event : events) {
      String name = event.get("event").asText();
      if (name.equals("artifact-lost")) {
        String lost = event.get("input").asText();
        done.removeIf(each -> each.endsWith(" " + lost));
      } else if (name.equals("stage-completed")
          && !done.add(event.path("sweep").asText() + " " + event.get("stage").asText())) {
        twice.add(event);
      }
    }
    return twice;
  }

  /** Events whose number does not follow that of the one before. */
  List<JsonNode> outOfSequence() {
    List<JsonNode> wrong = new ArrayList<>();
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).get("sequence").asLong() != i + 1) {
        wrong.add(events.get(i));
      }
    }
    return wrong;
  }
}
