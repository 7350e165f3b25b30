package dev.secateur.actors.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the API answered.
 *
 * @param repeated whether the request may have been received before, with an answer that was lost
 */
public record ApiAnswer(int status, byte[] body, boolean repeated) {
  private static final int CONFLICT = 409;

  /** The body of a request that was accepted. */
  byte[] accepted() {
    if (status < 400) {
      return body;
    }
    String problem = problem();
    throw status < 500 ? new InputException(problem) : new IllegalStateException(problem);
  }

  /**
   * The same as JSON.
   *
   * @throws InputException when the request was refused
   */
  public JsonNode json() throws IOException {
    return Json.MAPPER.readTree(accepted());
  }

  /** Whether the state of things forbids what was asked, be it because it was done already. */
  public boolean isConflict() {
    return status == CONFLICT;
  }

  /** A line to each mistake. */
  String problem() {
    String text = new String(body, StandardCharsets.UTF_8);
    List<String> lines = new ArrayList<>();
    try {
      Json.MAPPER.readTree(text).path("errors").forEach(line -> lines.add(line.asText()));
    } catch (JsonProcessingException e) {
      lines.clear();
    }
    String told = lines.isEmpty() ? text : String.join("\n", lines);
    return told.isBlank() ? "the coordinator answered " + status : told;
  }
}
