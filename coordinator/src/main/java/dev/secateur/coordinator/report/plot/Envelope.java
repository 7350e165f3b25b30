package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.plot.Series.Spot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The best y that any point has up to an x: the Pareto front as steps. */
public final class Envelope {
  private Envelope() {}

  /**
   * Corners from the best x to the worst.
   *
   * @param lowerX whether less is better to the right, as of parameters
   * @param lowerY whether less is better upwards, as of perplexities
   */
  public static List<Spot> of(List<Spot> all, boolean lowerX, boolean lowerY) {
    Comparator<Spot> byX = Comparator.comparingDouble(Spot::x);
    Comparator<Spot> byY = Comparator.comparingDouble(Spot::y);
    List<Spot> sorted = new ArrayList<>(all);
    sorted.sort((lowerX ? byX : byX.reversed()).thenComparing(lowerY ? byY : byY.reversed()));
    List<Spot> corners = new ArrayList<>();
    double best = lowerY ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    for (Spot spot : sorted) {
      if (lowerY ? spot.y() < best : spot.y() > best) {
        if (!corners.isEmpty()) {
          corners.add(corner(spot.x(), best));
        }
        corners.add(corner(spot.x(), spot.y()));
        best = spot.y();
      }
    }
    if (!corners.isEmpty()) {
      double last = sorted.get(sorted.size() - 1).x();
      if (last != corners.get(corners.size() - 1).x()) {
        corners.add(corner(last, best));
      }
    }
    return corners;
  }

  private static Spot corner(double x, double y) {
    return new Spot("", x, y, 0, 1);
  }
}
