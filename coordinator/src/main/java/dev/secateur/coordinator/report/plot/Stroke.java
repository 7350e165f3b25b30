package dev.secateur.coordinator.report.plot;

import java.util.List;

/**
 * The style of a line, which is never told by colour alone.
 *
 * @param colour its number; {@link #INK} for none of its own
 * @param dash its number: marks of the first are filled, of the second hollow, of the third pale
 * @param shape the number of its mark
 */
public record Stroke(int colour, int dash, int shape) {
  static final int COLOURS = 7;
  static final int DASHES = 4;
  static final int INK = -1;

  /** Around 0 0: a square, a triangle, a diamond, a triangle on its head; x and y in turn. */
  private static final List<double[]> SHAPES =
      List.of(
          new double[] {-3.5, -3.5, 3.5, -3.5, 3.5, 3.5, -3.5, 3.5},
          new double[] {0, -4.5, 4.5, 3.5, -4.5, 3.5},
          new double[] {0, -5, 5, 0, 0, 5, -5, 0},
          new double[] {0, 4.5, 4.5, -3.5, -4.5, -3.5});

  static int shapes() {
    return SHAPES.size();
  }

  /** The same with a square for its mark. */
  Stroke square() {
    return new Stroke(colour, dash, 0);
  }

  boolean hollow() {
    return dash % DASHES == 1;
  }

  boolean pale() {
    return dash % DASHES == 2;
  }

  /** The corners of its mark. */
  double[] corners() {
    return SHAPES.get(shape % SHAPES.size());
  }

  /** As the style sheet {@code plot.css} calls them. */
  public String classes() {
    return (colour == INK ? "ink" : "c" + colour % COLOURS) + " d" + dash % DASHES;
  }

  /** The path of its mark in SVG. */
  public String mark() {
    StringBuilder path = new StringBuilder();
    double[] corners = corners();
    for (int i = 0; i < corners.length; i += 2) {
      path.append(i == 0 ? 'M' : 'L').append(text(corners[i])).append(' ');
      path.append(text(corners[i + 1]));
    }
    return path.append('Z').toString();
  }

  private static String text(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
