package dev.secateur.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The first two turns of a conversation.
 *
 * @param query what is said
 * @param answer what is answered
 */
public record Dialogue(String query, String answer) {
  /** The first dialogues of a file of rows, whose column is a list of turns. */
  public static List<Dialogue> read(Path file, String column, int most) {
    List<Dialogue> all = RowFile.read(file, row -> dialogue(row.path(column), column));
    return all.subList(0, Math.min(most, all.size()));
  }

  private static Dialogue dialogue(JsonNode turns, String column) {
    if (turns.size() < 2 || !turns.get(0).isTextual() || !turns.get(1).isTextual()) {
      throw new InputException("'" + column + "' is not a list of two or more turns");
    }
    return new Dialogue(turns.get(0).asText().strip(), turns.get(1).asText().strip());
  }

  /**
   * Each as a row: the query as a prompt, the answer, the end token. Query and answer are cut to
   * half of the length each, marks included; only the answer is predicted.
   */
  public static Batch batch(List<Dialogue> dialogues, Tokenizer tokenizer, int length) {
    int half = length / 2;
    return PromptedRow.batch(
        dialogues.stream()
            .map(
                dialogue -> {
                  long[] query = cut(tokenizer.encode(dialogue.query), half - 2);
                  long[] answer = cut(tokenizer.encode(" " + dialogue.answer), length - half - 1);
                  return PromptedRow.of(tokenizer.prompt(query), answer)
                      .ended(length, tokenizer.eos());
                })
            .toList());
  }

  private static long[] cut(long[] ids, int most) {
    return Arrays.copyOf(ids, Math.max(0, Math.min(most, ids.length)));
  }
}
