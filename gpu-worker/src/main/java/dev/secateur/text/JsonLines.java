package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Texts out of a file of JSON objects, one to a line. */
public final class JsonLines {
  private JsonLines() {}

  /**
   * A field of each row.
   *
   * @throws InputException when a row is no JSON object or has no such text; with file and line
   */
  public static List<String> column(Path file, String field) {
    List<String> texts = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    int number = 0;
    try {
      for (String line : Files.readAllLines(file)) {
        number++;
        if (!line.isBlank()) {
          JsonNode value = json.readTree(line).path(field);
          if (!value.isTextual()) {
            throw new InputException(
                file + ":" + number + ": '" + field + "' is missing, or no text");
          }
          texts.add(value.asText());
        }
      }
    } catch (IOException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ":" + number + ": can't be read: " + reason, e);
    }
    if (texts.isEmpty()) {
      throw new InputException(file + ": the text is empty");
    }
    return texts;
  }
}
