package dev.secateur.coordinator.report.study;

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
   */
  public record Spot(String category, double x, double y, double deviation, int n) {
    /** The mean of repetitions. */
    static Spot of(String category, double x, List<Double> ys) {
      double mean = ys.stream().mapToDouble(y -> y).sum() / ys.size();
      double squares = ys.stream().mapToDouble(y -> (y - mean) * (y - mean)).sum();
      double deviation = ys.size() < 2 ? 0 : Math.sqrt(squares / (ys.size() - 1));
      return new Spot(category, x, mean, deviation, ys.size());
    }
  }
}
