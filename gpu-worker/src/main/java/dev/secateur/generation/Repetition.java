package dev.secateur.generation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * How repetitive a text is, which the paper's conclusion warns about in pruned models.
 *
 * @param distinct1 ratio of distinct tokens to tokens (distinct-1, arXiv 1510.03055)
 * @param distinct2 ratio of distinct pairs of tokens to pairs
 * @param repeated4 share of the sequences of four tokens that occurred earlier in the text
 */
public record Repetition(
    @JsonProperty("distinct_1") double distinct1,
    @JsonProperty("distinct_2") double distinct2,
    @JsonProperty("repeated_4") double repeated4) {
  public static Repetition of(long[] tokens) {
    return new Repetition(distinct(tokens, 1), distinct(tokens, 2), 1 - distinct(tokens, 4));
  }

  /** One for a text too short to have a run. */
  private static double distinct(long[] tokens, int length) {
    int runs = tokens.length - length + 1;
    if (runs < 1) {
      return 1;
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < runs; i++) {
      seen.add(Arrays.toString(Arrays.copyOfRange(tokens, i, i + length)));
    }
    return (double) seen.size() / runs;
  }
}
