package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of token ids, with the target that each token is to predict.
 *
 * @param ids (rows * tokens), row by row
 * @param targets as ids: the next token of each, or {@link #IGNORED}
 */
public record Batch(int rows, int tokens, long[] ids, long[] targets) {
  /** A target that counts nothing. */
  public static final long IGNORED = -100;

  /** Rows of equal length, each token predicting the next of its row. */
  public static Batch causal(long[][] rows) {
    int tokens = rows[0].length;
    long[] ids = new long[rows.length * tokens];
    long[] targets = new long[ids.length];
    Arrays.fill(targets, IGNORED);
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, ids, row * tokens, tokens);
      System.arraycopy(rows[row], 1, targets, row * tokens, tokens - 1);
    }
    return new Batch(rows.length, tokens, ids, targets);
  }

  /** The number of tokens that are predicted. */
  public long predicted() {
    return Arrays.stream(targets).filter(target -> target != IGNORED).count();
  }

  /**
   * The same rows, of which only the last {@code count} tokens are predicted.
   *
   * @param whole the first rows that keep all their targets
   */
  public Batch newIn(int count, int whole) {
    long[] fewer = targets.clone();
    for (int row = whole; row < rows; row++) {
      // The target of the token before the last count is the first of them.
      Arrays.fill(fewer, row * tokens, row * tokens + Math.max(0, tokens - 1 - count), IGNORED);
    }
    return new Batch(rows, tokens, ids, fewer);
  }

  /** The ids, row by row. */
  public long[][] idRows() {
    long[][] split = new long[rows][];
    for (int row = 0; row < rows; row++) {
      split[row] = Arrays.copyOfRange(ids, row * tokens, (row + 1) * tokens);
    }
    return split;
  }

  /** Rows {@code start} to {@code end}. */
  public Batch rows(int start, int end) {
    return new Batch(
        end - start,
        tokens,
        Arrays.copyOfRange(ids, start * tokens, end * tokens),
        Arrays.copyOfRange(targets, start * tokens, end * tokens));
  }

  /** The same rows once for each predicted token, with that token's target alone. */
  public List<Batch> tokenByToken() {
    List<Batch> all = new ArrayList<>();
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] != IGNORED) {
        long[] alone = new long[targets.length];
        Arrays.fill(alone, IGNORED);
        alone[i] = targets[i];
        all.add(new Batch(rows, tokens, ids, alone));
      }
    }
    return all;
  }

  /** The ids as an array (rows, tokens). */
  public NDArray ids(NDManager scope) {
    return array(scope, ids);
  }

  /** The targets as an array (rows, tokens). */
  public NDArray targets(NDManager scope) {
    return array(scope, targets);
  }

  private NDArray array(NDManager scope, long[] values) {
    return HostArrays.of(scope, values, rows, tokens);
  }
}
