package dev.secateur.text;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Template;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Instruction rows as tokens. Only the answer is predicted, unless prompts are requested too; a row
 * ends with the end token unless it was cut.
 *
 * @param onInputs whether prompts are predicted too
 * @param cutoff the largest number of tokens of a row; the rest is cut
 */
public record InstructionRows(
    List<Instruction> rows, Tokenizer tokenizer, Template template, boolean onInputs, int cutoff) {
  private static final int ROWS_AT_ONCE = 4096;

  /** The rows of which something is predicted: what the cutoff leaves has a part of the answer. */
  public InstructionRows answered() {
    List<Instruction> answered = new ArrayList<>();
    for (int start = 0; start < rows.size(); start += ROWS_AT_ONCE) {
      List<Instruction> part = rows.subList(start, Math.min(rows.size(), start + ROWS_AT_ONCE));
      Iterator<long[]> prompts =
          tokenizer
              .encode(
                  part.stream()
                      .filter(row -> !fits(row, longest(row)))
                      .map(row -> row.prompt(template))
                      .toList())
              .iterator();
      part.stream()
          .filter(
              row ->
                  fits(row, longest(row))
                      || fits(row, prompts.next().length)
                      || PromptedRow.batch(List.of(encoded(row))).predicted() > 0)
          .forEach(answered::add);
    }
    return new InstructionRows(answered, tokenizer, template, onInputs, cutoff);
  }

  /** The most tokens that a prompt can have: in ASCII each is a character at least. */
  private int longest(Instruction row) {
    String prompt = row.prompt(template);
    return prompt.chars().allMatch(character -> character < 128)
        ? prompt.length() + 1 // a space that some tokenizers put before
        : cutoff;
  }

  /**
   * Whether a token of the answer surely follows a prompt of this many tokens, two marks beside.
   */
  private boolean fits(Instruction row, int promptTokens) {
    return promptTokens + 2 < cutoff && !row.output().isBlank() && tokenizer.eos().isPresent();
  }

  /** Some of the rows, one after the other; maybe with nothing to predict. */
  public Batch batch(int from, int to) {
    return PromptedRow.batch(rows.subList(from, to).stream().map(this::encoded).toList());
  }

  /**
   * Some of the rows, by their places.
   *
   * @param what they are, for errors
   * @throws InputException when the cutoff leaves nothing of any answer
   */
  Batch batch(List<Integer> places, String what) {
    Batch made = PromptedRow.batch(places.stream().map(place -> encoded(rows.get(place))).toList());
    if (made.predicted() == 0) {
      throw new InputException(
          "no row of "
              + what
              + " has an answer within its first "
              + cutoff
              + " tokens; raise the cutoff");
    }
    return made;
  }

  private PromptedRow encoded(Instruction row) {
    long[] prompt = tokenizer.prompt(tokenizer.encode(row.prompt(template)));
    PromptedRow whole =
        tokenizer.isTwoPart()
            ? PromptedRow.of(prompt, tokenizer.encode(row.answer(template)))
            : new PromptedRow(
                tokenizer.prompt(tokenizer.encode(row.text(template))), prompt.length);
    PromptedRow ended = whole.ended(cutoff, tokenizer.eos());
    return onInputs ? new PromptedRow(ended.ids(), 0) : ended;
  }
}
