package dev.secateur.model;

import java.util.Arrays;

/**
 * The tokens of a pass, and which tokens see which. In a plain layout each row is a text, and each
 * token sees those before it. A row can also hold one context followed by several continuations,
 * each of which sees the context and itself, so that the context is computed once.
 *
 * @param rows token ids, row by row, of equal length
 * @param positions of each token in its own text; empty for plain rows
 * @param segments 0 for a context, one number per continuation, negative for padding; empty for
 *     plain rows
 */
public record Layout(long[][] rows, int[][] positions, int[][] segments) {
  private static final int[][] NONE = new int[0][];

  /** Rows that are texts. */
  public static Layout of(long[][] rows) {
    return new Layout(rows, NONE, NONE);
  }

  /** Whether each row is one text. */
  public boolean isPlain() {
    return positions.length == 0;
  }

  /** The position of a token in its own text. */
  int position(int row, int token) {
    return isPlain() ? token : positions[row][token];
  }

  /** The largest position and one more: the length of the longest text. */
  int length() {
    return isPlain()
        ? rows[0].length
        : Arrays.stream(positions).flatMapToInt(Arrays::stream).max().orElse(0) + 1;
  }

  /** The largest position of a row and one more: the length of its longest text. */
  int length(int row) {
    return isPlain() ? rows[0].length : Arrays.stream(positions[row]).max().orElse(0) + 1;
  }

  /** Whether a token may see another, which stands before it in the row or is itself. */
  boolean sees(int row, int token, int other) {
    return isPlain() || segments[row][other] == 0 || segments[row][other] == segments[row][token];
  }
}
