package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.List;

/** Instruction rows in files, in the schema of Alpaca or in that of LaMini. */
public final class InstructionFile {
  private InstructionFile() {}

  /**
   * @throws InputException when the file is missing, empty, or a row has no instruction or output
   */
  public static List<Instruction> read(Path file) {
    return RowFile.read(file, InstructionFile::row);
  }

  private static Instruction row(JsonNode row) {
    String answer = row.has("response") && !row.has("output") ? "response" : "output";
    for (String key : List.of("instruction", answer)) {
      if (!row.path(key).isTextual()) {
        throw new InputException("'" + key + "' is missing, or no text");
      }
    }
    return new Instruction(
        row.get("instruction").asText(), row.path("input").asText(""), row.get(answer).asText());
  }
}
