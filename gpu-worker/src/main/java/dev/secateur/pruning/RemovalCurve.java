package dev.secateur.pruning;

import java.util.List;

/**
 * What removing more and more units of a structure costs.
 *
 * @param structure its name
 * @param saves what one unit saves, in units of the budget, above 0; 0 if {@code savings} is used
 * @param between whether counts between two points are allowed, with interpolated loss; otherwise
 *     only the counts of the points
 * @param points of ascending counts; the first is (0, 0), and the last is the maximum
 * @param savings of each point what it saves, which never falls and begins with 0; empty if every
 *     unit saves the same. Between two points savings are interpolated, rounded down
 */
public record RemovalCurve(
    String structure, long saves, boolean between, List<Point> points, List<Long> savings) {

  /** One whose units all save the same. */
  public RemovalCurve(String structure, long saves, boolean between, List<Point> points) {
    this(structure, saves, between, points, List.of());
  }

  /**
   * A measured point.
   *
   * @param units how many are gone
   * @param loss in the unit of all curves that are compared, such as nats of a token
   */
  public record Point(int units, double loss) {
    static final Point NOTHING = new Point(0, 0);
  }

  public RemovalCurve {
    points = List.copyOf(points);
    savings = List.copyOf(savings);
    if (saves <= 0 && savings.isEmpty()) {
      throw new IllegalArgumentException("removing a unit of '" + structure + "' saves nothing");
    }
    if (points.isEmpty() || !points.get(0).equals(Point.NOTHING)) {
      throw new IllegalArgumentException("the curve of '" + structure + "' starts not at (0, 0)");
    }
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).units() <= points.get(i - 1).units()) {
        throw new IllegalArgumentException("the counts of '" + structure + "' do not ascend");
      }
      if (!Double.isFinite(points.get(i).loss())) {
        throw new IllegalArgumentException(
            "the loss of '%s' without %d units is %s"
                .formatted(structure, points.get(i).units(), points.get(i).loss()));
      }
    }
    checkSavings(structure, points, savings);
  }

  private static void checkSavings(String structure, List<Point> points, List<Long> savings) {
    if (savings.isEmpty()) {
      return;
    }
    boolean ascend = savings.size() == points.size() && savings.get(0) == 0;
    for (int i = 1; ascend && i < savings.size(); i++) {
      ascend = savings.get(i) >= savings.get(i - 1);
    }
    if (!ascend) {
      throw new IllegalArgumentException(
          "the savings of '" + structure + "' are not one to a point, from 0 on and never less");
    }
  }

  /** Whether every unit saves the same. */
  boolean isEven() {
    return savings.isEmpty();
  }

  /** What going without this many units saves, at most as many as may go. */
  public long saved(int units) {
    if (isEven()) {
      return saves * units;
    }
    int at = 0;
    while (points.get(at).units() < units) {
      at++;
    }
    if (points.get(at).units() == units) {
      return savings.get(at);
    }
    int before = points.get(at - 1).units();
    long more = savings.get(at) - savings.get(at - 1);
    return savings.get(at - 1) + more * (units - before) / (points.get(at).units() - before);
  }

  /** The most units that may go. */
  public int most() {
    return points.get(points.size() - 1).units();
  }

  /** The next count that may go above one that may; -1 where there is none. */
  int above(int units) {
    return step(units, 1);
  }

  /** The next count that may go below one that may; -1 where there is none. */
  int below(int units) {
    return step(units, -1);
  }

  private int step(int units, int by) {
    if (between) {
      int next = units + by;
      return next < 0 || next > most() ? -1 : next;
    }
    int at = 0;
    while (points.get(at).units() < units) {
      at++;
    }
    int next = at + by;
    return next < 0 || next >= points.size() ? -1 : points.get(next).units();
  }

  /**
   * The loss without this many units.
   *
   * @throws IllegalArgumentException when that many can't go
   */
  public double loss(int units) {
    Point before = points.get(0);
    for (Point point : points) {
      if (point.units() == units) {
        return point.loss();
      } else if (point.units() > units) {
        if (!between) {
          break;
        }
        double share = (units - before.units()) / (double) (point.units() - before.units());
        return before.loss() + share * (point.loss() - before.loss());
      }
      before = point;
    }
    throw new IllegalArgumentException(units + " units of '" + structure + "' can't go");
  }
}
