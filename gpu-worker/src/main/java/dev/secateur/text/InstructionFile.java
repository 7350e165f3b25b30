package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
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
    String instruction = RowFile.text(row, "instruction");
    String input = row.hasNonNull("input") ? RowFile.text(row, "input") : "";
    return new Instruction(instruction, input, RowFile.text(row, answer));
  }
}
