package dev.secateur.actors.soak;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
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
        events.add(SoakApi.JSON.readTree(line.substring("data:".length())));
      }
    }
    return new JournalLines(List.copyOf(events));
  }

  long count(String event) {
    return events.stream().filter(each -> each.get("event").asText().equals(event)).count();
  }

  /** Completions of a stage that the journal of the same sweep has already. */
  List<JsonNode> completedTwice() {
    Set<String> done = new HashSet<>();
    return events.stream()
        .filter(event -> event.get("event").asText().equals("stage-completed"))
        .filter(
            event -> !done.add(event.path("sweep").asText() + " " + event.get("stage").asText()))
        .toList();
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
