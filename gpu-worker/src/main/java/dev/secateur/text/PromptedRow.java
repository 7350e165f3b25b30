package dev.secateur.text;

import dev.secateur.model.Batch;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/**
 * A row of tokens whose beginning is given and whose rest is to be predicted.
 *
 * @param promptTokens how many are given
 */
record PromptedRow(long[] ids, int promptTokens) {
  /** A prompt and its answer, each whole. */
  static PromptedRow of(long[] prompt, long[] answer) {
    return new PromptedRow(
        LongStream.concat(Arrays.stream(prompt), Arrays.stream(answer)).toArray(), prompt.length);
  }

  /** The row's first {@code most} tokens; one that is shorter ends with the end token. */
  PromptedRow ended(int most, OptionalLong end) {
    if (ids.length >= most || end.isEmpty()) {
      long[] cut = ids.length > most ? Arrays.copyOf(ids, most) : ids;
      return new PromptedRow(cut, Math.min(promptTokens, cut.length));
    }
    long[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = end.getAsLong();
    return new PromptedRow(longer, promptTokens);
  }

  /**
   * Rows padded on the right, where causal attention never looks, with targets that count nothing.
   */
  static Batch batch(List<PromptedRow> rows) {
    int tokens = rows.stream().mapToInt(row -> row.ids.length).max().orElseThrow();
    long[] ids = new long[rows.size() * tokens];
    long[] targets = new long[ids.length];
    Arrays.fill(targets, Batch.IGNORED);
    for (int i = 0; i < rows.size(); i++) {
      PromptedRow row = rows.get(i);
      System.arraycopy(row.ids, 0, ids, i * tokens, row.ids.length);
      for (int t = Math.max(1, row.promptTokens); t < row.ids.length; t++) {
        targets[i * tokens + t - 1] = row.ids[t];
      }
    }
    return new Batch(rows.size(), tokens, ids, targets);
  }
}
