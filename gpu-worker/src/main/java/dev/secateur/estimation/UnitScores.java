package dev.secateur.estimation;

import dev.secateur.protocol.Aggregation;
import java.util.List;

/**
 * Combines the scores of members into the scores of units, in float64. Each unit is scored as one
 * structure: a head is one.
 */
public final class UnitScores {
  private UnitScores() {}

  /**
   * Scores that may be compared across structures: as {@link #of}, but of products the geometric
   * mean.
   */
  public static double[] comparable(List<double[]> members, Aggregation aggregation) {
    double[] units = of(members, aggregation);
    if (aggregation == Aggregation.PRODUCT) {
      for (int unit = 0; unit < units.length; unit++) {
        units[unit] = Math.exp(units[unit] / members.size());
      }
    }
    return units;
  }

  /**
   * @param members by member in order of execution, the score of each unit
   * @return the score of each unit; for {@link Aggregation#PRODUCT} its logarithm, which ranks the
   *     same and does not underflow
   */
  public static double[] of(List<double[]> members, Aggregation aggregation) {
    double[] units = new double[members.get(0).length];
    for (int unit = 0; unit < units.length; unit++) {
      int u = unit;
      double[] scores = members.stream().mapToDouble(member -> member[u]).toArray();
      units[unit] = aggregate(scores, aggregation);
    }
    return units;
  }

  private static double aggregate(double[] scores, Aggregation aggregation) {
    double result = aggregation == Aggregation.MAX ? Double.NEGATIVE_INFINITY : 0;
    for (double score : scores) {
      result =
          switch (aggregation) {
            case SUM, MEAN -> result + score;
            case PRODUCT -> result + Math.log(Math.max(0, score)); // rounding may leave it below 0
            case MAX -> Math.max(result, score);
            case LAST -> score;
          };
    }
    return aggregation == Aggregation.MEAN ? result / scores.length : result;
  }
}
