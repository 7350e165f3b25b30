package dev.secateur.generation;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.secateur.model.Model;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.InputException;
import dev.secateur.text.Tokenizer;
import java.util.stream.LongStream;

/**
 * The text that a model generated after a prompt, without the prompt.
 *
 * @param tokens how many
 */
public record Continuation(
    String prompt, String text, int tokens, double seconds, @JsonUnwrapped Repetition repetition) {

  /** Lets a model write after one of the prompts. */
  public static Continuation of(Model model, Tokenizer tokenizer, String prompt, Generation asked) {
    long[] ids = encoded(prompt, tokenizer);
    long start = System.nanoTime();
    long[] more =
        new Generator(model, new TokenSampling(asked.temperature(), asked.topK(), asked.topP()))
            .continuation(
                tokenizer.prompt(ids),
                asked.maxTokens(),
                tokenizer.ends(),
                asked.seed(),
                token -> {});
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Continuation(
        prompt, text(ids, more, tokenizer), more.length, seconds, Repetition.of(more));
  }

  /**
   * The tokens of a prompt.
   *
   * @throws InputException when the model's vocabulary lacks one
   */
  public static long[] encoded(String prompt, Tokenizer tokenizer) {
    try {
      return tokenizer.encode(prompt);
    } catch (InputException e) {
      throw new InputException("the prompt: " + e.getMessage(), e);
    }
  }

  /** Decoded after its prompt, since a word's first piece alone may lose its space. */
  private static String text(long[] prompt, long[] more, Tokenizer tokenizer) {
    String whole =
        tokenizer.decode(LongStream.concat(LongStream.of(prompt), LongStream.of(more)).toArray());
    String before = tokenizer.decode(prompt);
    return whole.startsWith(before) ? whole.substring(before.length()) : tokenizer.decode(more);
  }
}
