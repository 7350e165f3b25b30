package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.plot.Canvas.Anchor;
import dev.secateur.coordinator.report.plot.Canvas.Label;
import dev.secateur.coordinator.report.plot.Canvas.Lettering;
import dev.secateur.coordinator.report.plot.Series.Spot;
import java.util.List;

/**
 * A horizontal axis of names. Each has room for a bar of every series.
 *
 * @param names from left to right
 * @param series from left to right within a name
 */
record CategoryAxis(List<String> names, List<String> series) {
  /** Of the room of a name, what its bars take. */
  private static final double FILLED = 0.8;

  /** Of the room of a bar, what is left between it and the next. */
  private static final double GAP = 0.08;

  private static final int LETTERS = 24;
  private static final int DEGREES = -30;

  /** The room of a bar. */
  record Slot(double x, double width) {}

  static CategoryAxis of(List<Series> lines) {
    return new CategoryAxis(
        lines.stream()
            .flatMap(line -> line.points().stream())
            .map(Spot::category)
            .distinct()
            .toList(),
        lines.stream().map(Series::name).toList());
  }

  Slot slot(String name, String line, double left, double right) {
    double room = (right - left) / names.size();
    double width = FILLED * room / series.size();
    double from = left + names.indexOf(name) * room + (1 - FILLED) / 2 * room;
    double gap = series.size() > 1 ? GAP * width : 0;
    return new Slot(from + series.indexOf(line) * width + gap / 2, width - gap);
  }

  /** What names need below the axis beyond a line of text: they slant where they are too long. */
  int height(double width) {
    return slants(width) ? (int) Math.ceil(longest() * Math.sin(Math.toRadians(-DEGREES))) : 0;
  }

  private boolean slants(double width) {
    return longest() > width / names.size() - 4;
  }

  private double longest() {
    return names.stream().mapToDouble(name -> Letters.width(shown(name))).max().orElse(0);
  }

  private static String shown(String name) {
    return name.length() <= LETTERS ? name : name.substring(0, LETTERS - 1) + "\u2026";
  }

  void label(Canvas canvas, double left, double right, double bottom) {
    boolean slanted = slants(right - left);
    double room = (right - left) / names.size();
    int every = (int) Math.ceil(18 / room); // lines of text need as much
    for (int i = 0; i < names.size(); i += every) {
      double x = left + (i + 0.5) * room;
      String text = shown(names.get(i));
      canvas.text(
          slanted
              ? new Label(text, Lettering.PLAIN, Anchor.END, x + 4, bottom + 14, DEGREES)
              : new Label(text, Lettering.PLAIN, Anchor.MIDDLE, x, bottom + 18, 0));
    }
  }
}
