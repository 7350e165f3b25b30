package dev.secateur.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Instruction rows in files: a JSON array of objects, or one object a line, in the schema of
 * Alpaca.
 */
public final class InstructionFile {
  private InstructionFile() {}

  /**
   * @throws InputException when the file is missing, empty, or a row has no instruction or output
   */
  public static List<Instruction> read(Path file) {
    List<Instruction> rows = new ArrayList<>();
    try (MappingIterator<JsonNode> values =
        new ObjectMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
      while (values.hasNext()) {
        JsonNode value = values.next();
        if (value.isArray()) {
          value.forEach(row -> rows.add(row(row, rows.size() + 1, file)));
        } else {
          rows.add(row(value, rows.size() + 1, file));
        }
      }
    } catch (JsonProcessingException e) {
      throw new InputException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new InputException(file + ": can't be read: " + e.getMessage(), e);
    }
    if (rows.isEmpty()) {
      throw new InputException(file + ": has no rows");
    }
    return rows;
  }

  private static Instruction row(JsonNode row, int number, Path file) {
    for (String key : List.of("instruction", "output")) {
      if (!row.path(key).isTextual()) {
        throw new InputException(file + ": row " + number + " has no text '" + key + "'");
      }
    }
    return new Instruction(
        row.get("instruction").asText(), row.path("input").asText(""), row.get("output").asText());
  }
}
