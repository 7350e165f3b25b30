package dev.secateur.estimation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Spearman's rank correlation of values without ties. */
final class RankCorrelation {
  private RankCorrelation() {}

  static double of(double[] a, double[] b) {
    int n = a.length;
    int[] rankA = ranks(a);
    int[] rankB = ranks(b);
    double squares = IntStream.range(0, n).mapToDouble(i -> square(rankA[i] - rankB[i])).sum();
    return 1 - 6 * squares / (n * ((double) n * n - 1));
  }

  private static double square(double x) {
    return x * x;
  }

  private static int[] ranks(double[] values) {
    List<Integer> order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .toList();
    int[] ranks = new int[values.length];
    for (int rank = 0; rank < ranks.length; rank++) {
      ranks[order.get(rank)] = rank;
    }
    return ranks;
  }
}
