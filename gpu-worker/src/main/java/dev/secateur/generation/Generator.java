package dev.secateur.generation;

import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;

/** Continues a text token by token. */
public final class Generator {
  private final Model model;
  private final TokenSampling sampling;

  public Generator(Model model, TokenSampling sampling) {
    this.model = model;
    this.sampling = sampling;
  }

  /** Told of each token. */
  @FunctionalInterface
  public interface Listener {
    void tokenDrawn(long token);
  }

  /**
   * The continuation of a prompt, without the prompt.
   *
   * @param most the largest number of tokens
   * @param ends the tokens after any of which nothing follows; it is left out
   * @throws InputException when the prompt is empty
   */
  public long[] continuation(
      long[] prompt, int most, Set<Long> ends, long seed, Listener listener) {
    if (prompt.length == 0) {
      throw new InputException(
          "the prompt has no tokens, and the tokenizer has no begin-of-sequence token");
    }
    Random random = new Random(seed);
    try (CachedPass pass = new CachedPass(model)) {
      float[] logits = pass.append(prompt);
      while (pass.tokens().length < prompt.length + most) {
        long token = sampling.draw(logits, random);
        if (ends.contains(token)) {
          break;
        }
        listener.tokenDrawn(token);
        logits = pass.append(token);
      }
      return Arrays.copyOfRange(pass.tokens(), prompt.length, pass.tokens().length);
    }
  }
}
