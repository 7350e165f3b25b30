package dev.secateur.text;

import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Template;
import java.util.List;

/**
 * Instruction rows as tokens. Of each only the answer is predicted, unless prompts are to be as
 * well; it ends with the end token unless it was cut.
 *
 * @param onInputs whether prompts are predicted too
 * @param cutoff the largest number of tokens of a row; what is beyond is cut
 */
public record InstructionRows(
    List<Instruction> rows, Tokenizer tokenizer, Template template, boolean onInputs, int cutoff) {

  /** The rows of which something is predicted: what the cutoff leaves has a part of the answer. */
  public InstructionRows answered() {
    return new InstructionRows(
        rows.stream().filter(this::isAnswered).toList(), tokenizer, template, onInputs, cutoff);
  }

  private boolean isAnswered(Instruction row) {
    return surelyFits(row) || PromptedRow.batch(List.of(encoded(row))).predicted() > 0;
  }

  /** Most rows need not be encoded for that: a token is a character of ASCII at least. */
  private boolean surelyFits(Instruction row) {
    String prompt = row.prompt(template);
    return prompt.length() + 3 < cutoff
        && !row.output().isBlank()
        && tokenizer.eos().isPresent()
        && prompt.chars().allMatch(character -> character < 128);
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
