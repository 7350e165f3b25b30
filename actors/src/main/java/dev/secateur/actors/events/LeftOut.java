package dev.secateur.actors.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import java.nio.file.Path;

/** The line of an answer that reports how many earlier lines of a log did not fit into it. */
public final class LeftOut {
  private static final String EVENT = "lines-left-out";

  private LeftOut() {}

  /**
   * @param count of the lines that did not fit
   * @param time of the line after them
   * @param log where they are
   */
  static String line(int count, String time, Path log) {
    return Json.object()
        .put("time", time)
        .put("event", EVENT)
        .put("severity", "WARN")
        .put(
            "message",
            count
                + " earlier lines do not fit into a response and are left out; request fewer"
                + " with -n, or read "
                + log
                + " on its machine")
        .toString();
  }

  /** Whether a line of an answer is that. */
  public static boolean is(JsonNode line) {
    return line.path("event").asText().equals(EVENT);
  }
}
