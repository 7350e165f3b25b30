package dev.secateur.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.evaluation.SharedRow.Target;
import dev.secateur.evaluation.SharedRow.Token;
import dev.secateur.model.Layout;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows that are computed in one pass, and what is read off its logits.
 *
 * @param targets in the flattened rows
 */
record ScoringBatch(Layout layout, List<Target> targets) {
  static ScoringBatch of(List<SharedRow> rows) {
    int length = rows.stream().mapToInt(SharedRow::length).max().orElseThrow();
    long[][] ids = new long[rows.size()][length];
    int[][] positions = new int[rows.size()][length];
    int[][] segments = new int[rows.size()][length];
    List<Target> targets = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      List<Token> tokens = rows.get(row).tokens();
      for (int at = 0; at < length; at++) {
        Token token = at < tokens.size() ? tokens.get(at) : Token.PADDING;
        ids[row][at] = token.id();
        positions[row][at] = token.position();
        segments[row][at] = token.segment();
      }
      for (Target target : rows.get(row).targets()) {
        targets.add(target.inBatch(row, length));
      }
    }
    boolean plain = rows.size() == 1 && rows.get(0).requests().size() == 1;
    Layout layout = plain ? Layout.of(ids) : new Layout(ids, positions, segments);
    return new ScoringBatch(layout, List.copyOf(targets));
  }

  int rows() {
    return layout.rows().length;
  }

  /**
   * Adds the log-probability of every target to its request's value.
   *
   * @param logits (B, T, V)
   * @throws ArithmeticException when one is not finite
   */
  void score(NDArray logits, NDManager scope, double[] values) {
    float[] found =
        HostArrays.floats(
            Kernels.get()
                .logProbabilities(
                    scope,
                    logits,
                    targets.stream().mapToLong(Target::place).toArray(),
                    targets.stream().mapToLong(Target::token).toArray()));
    for (int i = 0; i < found.length; i++) {
      if (!Float.isFinite(found[i])) {
        throw new ArithmeticException("the log-likelihood of a token is " + found[i]);
      }
      values[targets.get(i).request()] += found[i];
    }
  }
}
