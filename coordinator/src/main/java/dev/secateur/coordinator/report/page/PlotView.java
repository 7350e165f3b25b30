package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.study.Plot;
import dev.secateur.coordinator.report.study.Series;
import dev.secateur.coordinator.report.study.Series.Spot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * A plot of numbers as inline SVG of its own: the plotter's draws letters as outlines, 300 to 550
 * kB a plot that cannot be searched or read out, and with fixed colours. These have texts, take
 * their colours from the page's style sheet, and need no fonts on the machine that writes them.
 */
final class PlotView {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 350;
  private static final int LEFT = 66;
  private static final int RIGHT = 16;
  private static final int TOP = 12;
  private static final int BOTTOM = 50;

  /** Points of all lines together; more are thinned out. */
  private static final int POINTS = 6_000;

  /** A line of more has no marks. */
  private static final int MARKS = 60;

  /** What is larger, of which squares overflow, is left out. */
  private static final double LARGEST = 1e150;

  private final Html html;
  private final Plot plot;
  private final List<Series> lines;
  private final Strokes strokes;
  private final Scale across;
  private final Scale up;
  private final int every;

  private PlotView(Html html, Plot plot, List<Series> lines) {
    this.html = html;
    this.plot = plot;
    this.lines = lines;
    this.strokes = Strokes.of(lines.stream().map(Series::name).toList());
    List<Spot> spots = lines.stream().flatMap(line -> line.points().stream()).toList();
    this.across = Scale.of(spots.stream().mapToDouble(Spot::x), false);
    this.up =
        Scale.of(
            spots.stream()
                .flatMapToDouble(
                    s -> DoubleStream.of(s.y() - s.deviation(), s.y() + s.deviation())),
            spansDecades(spots));
    this.every = (spots.size() + POINTS - 1) / POINTS;
  }

  /** Nothing where the plot has no numbers to show. */
  static void write(Html html, Plot plot) {
    List<Series> lines =
        plot.series().stream()
            .map(line -> new Series(line.name(), finite(line.points())))
            .filter(line -> !line.points().isEmpty())
            .toList();
    if (!lines.isEmpty() && !plot.categories()) {
      new PlotView(html, plot, lines).figure();
    }
  }

  private static List<Spot> finite(List<Spot> spots) {
    return spots.stream()
        .filter(spot -> Math.abs(spot.x()) <= LARGEST && Math.abs(spot.y()) <= LARGEST)
        .map(
            spot ->
                spot.deviation() <= LARGEST
                    ? spot
                    : new Spot(spot.category(), spot.x(), spot.y(), 0, spot.n()))
        .toList();
  }

  private static boolean spansDecades(List<Spot> spots) {
    double least = spots.stream().mapToDouble(s -> s.y() - s.deviation()).min().orElse(0);
    double most = spots.stream().mapToDouble(s -> s.y() + s.deviation()).max().orElse(0);
    return least > 0 && most > 20 * least;
  }

  private void figure() {
    String title =
        plot.y() + " against " + plot.x() + (plot.title().isEmpty() ? "" : ": " + plot.title());
    html.open("figure").element("h3", Html.brief(title, 200));
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + WIDTH + " " + HEIGHT,
        "role",
        "img",
        "aria-label",
        "Plot of " + Html.brief(title, 200));
    grid();
    for (Series line : lines) {
      draw(line);
    }
    html.closeLine();
    legend();
    List<String> notes = new ArrayList<>(plot.notes());
    if (points(lines) < points(plot.series())) {
      notes.add("what is not finite, or larger than 1e150, is left out");
    }
    if (every > 1) {
      notes.add("of each line every " + every + "th point is drawn");
    }
    if (up.decades()) {
      notes.add("the vertical axis is logarithmic");
    }
    if (strokes.crowded()) {
      notes.add("more lines than can be told apart: their points alone");
    }
    if (!notes.isEmpty()) {
      html.element("figcaption", Html.brief(String.join("; ", notes), 1_000));
    }
    html.closeLine();
  }

  private static int points(List<Series> lines) {
    return lines.stream().mapToInt(line -> line.points().size()).sum();
  }

  private void grid() {
    boolean whole =
        lines.stream().flatMap(l -> l.points().stream()).allMatch(s -> s.x() == Math.rint(s.x()));
    for (BigDecimal tick : across.ticks()) {
      if (whole && tick.stripTrailingZeros().scale() > 0) {
        continue; // between steps there is nothing
      }
      String at = number(x(tick.doubleValue()));
      line("grid", at, number(TOP), at, number(HEIGHT - BOTTOM));
      label(Scale.label(tick), "middle", at, number(HEIGHT - BOTTOM + 18));
    }
    for (BigDecimal tick : up.ticks()) {
      double at = y(tick.doubleValue());
      line("grid", number(LEFT), number(at), number(WIDTH - RIGHT), number(at));
      label(Scale.label(tick), "end", number(LEFT - 6), number(at + 4));
    }
    double middle = (LEFT + WIDTH - RIGHT) / 2.0;
    label(Html.brief(plot.x(), 80), "middle", number(middle), number(HEIGHT - 10));
    html.element(
        "text",
        Html.brief(plot.y(), 80),
        "text-anchor",
        "middle",
        "transform",
        "translate(14 " + number((TOP + HEIGHT - BOTTOM) / 2.0) + ") rotate(-90)");
  }

  private void draw(Series line) {
    html.open("g", "class", strokes.of(line.name()));
    List<Spot> spots = thinned(line.points());
    if (!strokes.crowded() && spots.size() > 1) {
      StringBuilder path = new StringBuilder();
      for (Spot spot : spots) {
        path.append(path.isEmpty() ? 'M' : 'L').append(number(x(spot.x()))).append(' ');
        path.append(number(y(spot.y())));
      }
      html.empty("path", "class", "line", "d", path.toString());
    }
    for (Spot spot : spots) {
      if (spot.deviation() > 0) {
        String at = number(x(spot.x()));
        String low = number(y(spot.y() - spot.deviation()));
        line("bar", at, low, at, number(y(spot.y() + spot.deviation())));
      }
      if (strokes.crowded() || spots.size() <= MARKS) {
        mark(line.name(), spot);
      }
    }
    html.closeLine();
  }

  /** With its numbers, for who points at it. */
  private void mark(String line, Spot spot) {
    html.open(
        "g", "transform", "translate(" + number(x(spot.x())) + " " + number(y(spot.y())) + ")");
    html.element(
        "title",
        Html.brief(line, 80)
            + ": "
            + Stream.of(spot.x(), spot.y())
                .map(PlotView::exact)
                .reduce((a, b) -> a + ", " + b)
                .get()
            + (spot.deviation() > 0 ? " \u00b1 " + exact(spot.deviation()) : ""));
    html.empty("path", "class", "mark", "d", strokes.shape(line));
    html.close();
  }

  private List<Spot> thinned(List<Spot> spots) {
    List<Spot> thinned = new ArrayList<>();
    for (int i = 0; i < spots.size(); i++) {
      if (i % every == 0 || i == spots.size() - 1) {
        thinned.add(spots.get(i));
      }
    }
    return thinned;
  }

  private void legend() {
    html.open("ul", "class", "legend");
    for (Strokes.Entry entry : strokes.legend()) {
      html.open("li").open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 32 12");
      html.open("g", "class", entry.classes());
      if (!strokes.crowded()) {
        html.empty("path", "class", "line", "d", "M1 6L31 6");
      }
      html.open("g", "transform", "translate(16 6)");
      html.empty("path", "class", "mark", "d", entry.shape());
      html.close().close().close();
      html.element("span", Html.brief(entry.name(), 200)).close();
    }
    html.closeLine();
  }

  private void line(String kind, String x1, String y1, String x2, String y2) {
    html.empty("line", "class", kind, "x1", x1, "y1", y1, "x2", x2, "y2", y2);
  }

  private void label(String text, String anchor, String x, String y) {
    html.element("text", text, "text-anchor", anchor, "x", x, "y", y);
  }

  private double x(double value) {
    return LEFT + across.place(value) * (WIDTH - LEFT - RIGHT);
  }

  private double y(double value) {
    return HEIGHT - BOTTOM - up.place(value) * (HEIGHT - TOP - BOTTOM);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static String exact(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }
}
