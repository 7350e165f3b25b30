package dev.secateur.coordinator.report.plot;

import java.util.List;

/**
 * A line of a plot, or its bars of one colour.
 *
 * @param points in the order of x
 */
public record Series(String name, List<Spot> points) {
  /**
   * @param category the place on an axis of names; empty where x is a number
   * @param y the mean of the repetitions
   * @param deviation their standard deviation; 0 of a single one
   * @param n how many
   * @param error the standard error of a single one; 0 where it is unknown
   */
  public record Spot(String category, double x, double y, double deviation, int n, double error) {
    /** Whose standard error is unknown. */
    public Spot(String category, double x, double y, double deviation, int n) {
      this(category, x, y, deviation, n, 0);
    }

    /** The mean of repetitions. */
    public static Spot of(String category, double x, List<Double> ys) {
      double mean = ys.stream().mapToDouble(y -> y).sum() / ys.size();
      double squares = ys.stream().mapToDouble(y -> (y - mean) * (y - mean)).sum();
      double deviation = ys.size() < 2 ? 0 : Math.sqrt(squares / (ys.size() - 1));
      return new Spot(category, x, mean, deviation, ys.size());
    }

    /** How far its error bar reaches up and down; 0 where it has none. */
    public double bar() {
      return n > 1 ? deviation : Math.max(deviation, error);
    }
  }
}
