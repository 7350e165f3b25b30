package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.JsonNode;

/** A line of a node's log in readable form; a stack trace follows on separate lines. */
final class LogLine {
  private LogLine() {}

  static String of(JsonNode line) {
    if (!line.has("message")) {
      String node = line.path("node").asText().replaceFirst("^.*@", "");
      EventLine events =
          new EventLine(
              new SweepWords(
                  sweep -> {
                    throw new IllegalStateException("its plan is not asked for");
                  }));
      return events.of(line) + (node.isEmpty() ? "" : " node=" + node);
    }
    String event = line.path("event").asText();
    String trace = line.path("stack_trace").asText().stripTrailing();
    return String.join(
            " ",
            EventLine.time(line.path("time").asText()),
            line.path("node").asText().replaceFirst("^.*@", ""),
            line.path("severity").asText(),
            event.equals("log")
                ? line.path("logger").asText().replaceFirst("^.*\\.", "") + ":"
                : event,
            line.path("message").asText())
        + (trace.isEmpty() ? "" : "\n" + trace);
  }
}
