package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.plot.Canvas.Anchor;
import dev.secateur.coordinator.report.plot.Canvas.Label;
import dev.secateur.coordinator.report.plot.Canvas.Lettering;
import dev.secateur.coordinator.report.plot.Canvas.Role;
import dev.secateur.coordinator.report.plot.Plot.Reference;
import dev.secateur.coordinator.report.plot.Series.Spot;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** The layout of a plot: axes, lines, marks and error bars; its legend is outside. */
public final class Drawing {
  private static final int LEFT = 66;
  private static final int RIGHT = 16;
  private static final int TOP = 12;
  private static final int BOTTOM = 50;

  /** Points of all lines together; more are thinned out. */
  private static final int POINTS = 6_000;

  /** Pixels from the first to the last of lines that stand at one place. */
  private static final double ASIDE = 14;

  /** A line of more has no marks. */
  private static final int MARKS = 60;

  /** What is larger, of which squares overflow, is left out. */
  private static final double LARGEST = 1e150;

  /** Values that span more than this factor have a logarithmic axis. */
  private static final double DECADE = 10;

  /**
   * Where a plot stands on its canvas.
   *
   * @param x of its left edge
   * @param y of its upper edge
   */
  public record Area(int x, int y, int width, int height) {}

  /** An entry of the legend. */
  public record Entry(String name, Stroke stroke, Role role, boolean lined, boolean marked) {}

  private final Plot plot;
  private final Area area;
  private final List<Series> lines;
  private final List<Reference> references;
  private final Strokes strokes;
  private final CategoryAxis categories;
  private final Scale across;
  private final Scale up;
  private final int every;

  private Drawing(Plot plot, List<Series> lines, Area area) {
    this.plot = plot;
    this.area = area;
    this.lines = lines;
    this.references = plot.references().stream().filter(r -> Math.abs(r.y()) <= LARGEST).toList();
    this.strokes = Strokes.of(lines.stream().map(Series::name).toList());
    List<Spot> spots = lines.stream().flatMap(line -> line.points().stream()).toList();
    this.categories = CategoryAxis.of(lines);
    this.across = Scale.of(spots.stream().mapToDouble(Spot::x), false);
    double[] all =
        DoubleStream.concat(
                spots.stream()
                    .flatMapToDouble(s -> DoubleStream.of(s.y() - s.bar(), s.y() + s.bar())),
                references.stream().mapToDouble(Reference::y))
            .toArray();
    boolean decades = spansDecades(all);
    DoubleStream base = plot.categories() && !decades ? DoubleStream.of(0) : DoubleStream.of();
    this.up = Scale.of(DoubleStream.concat(DoubleStream.of(all), base), decades);
    this.every = (spots.size() + POINTS - 1) / POINTS;
  }

  /** Nothing where the plot has no numbers to show. */
  public static Optional<Drawing> of(Plot plot, Area area) {
    List<Series> lines =
        plot.series().stream()
            .map(line -> new Series(line.name(), finite(line.points())))
            .filter(line -> !line.points().isEmpty())
            .toList();
    return lines.isEmpty() ? Optional.empty() : Optional.of(new Drawing(plot, lines, area));
  }

  private static List<Spot> finite(List<Spot> spots) {
    return spots.stream()
        .filter(spot -> Math.abs(spot.x()) <= LARGEST && Math.abs(spot.y()) <= LARGEST)
        .map(
            spot ->
                spot.bar() <= LARGEST
                    ? spot
                    : new Spot(spot.category(), spot.x(), spot.y(), 0, spot.n()))
        .toList();
  }

  private static boolean spansDecades(double[] values) {
    double least = DoubleStream.of(values).min().orElse(0);
    return least > 0 && DoubleStream.of(values).max().orElse(0) > DECADE * least;
  }

  /** All but the legend and the notes. */
  public void draw(Canvas canvas) {
    axes(canvas);
    List<Spot> best = finite(plot.best());
    canvas.path(
        Role.BEST,
        best.stream().mapToDouble(spot -> x(spot.x())).toArray(),
        best.stream().mapToDouble(spot -> y(spot.y())).toArray());
    if (!plot.categories()) {
      references(canvas);
    }
    for (Series line : lines) {
      canvas.begin(strokes.of(line.name()));
      if (plot.categories()) {
        boxes(canvas, line);
      } else {
        line(canvas, line);
      }
      canvas.end();
    }
    if (plot.categories()) {
      references(canvas); // which boxes would hide
    }
  }

  private void references(Canvas canvas) {
    for (Reference level : references) {
      double y = y(level.y());
      canvas.path(Role.REFERENCE, new double[] {left(), right()}, new double[] {y, y});
    }
  }

  private void axes(Canvas canvas) {
    boolean whole =
        lines.stream().flatMap(l -> l.points().stream()).allMatch(s -> s.x() == Math.rint(s.x()));
    if (plot.categories()) {
      categories.label(canvas, left(), right(), bottom());
    } else {
      for (BigDecimal tick : across.ticks()) {
        if (whole && tick.stripTrailingZeros().scale() > 0) {
          continue; // between steps there is nothing
        }
        double at = x(tick.doubleValue());
        canvas.path(Role.GRID, new double[] {at, at}, new double[] {top(), bottom()});
        canvas.text(plain(Scale.label(tick), Anchor.MIDDLE, at, bottom() + 18));
      }
    }
    for (BigDecimal tick : up.ticks()) {
      double at = y(tick.doubleValue());
      canvas.path(Role.GRID, new double[] {left(), right()}, new double[] {at, at});
      canvas.text(plain(Scale.label(tick), Anchor.END, left() - 6, at + 4));
    }
    double below = area.y() + area.height() - 10.0;
    canvas.text(plain(Html.brief(plot.x(), 80), Anchor.MIDDLE, (left() + right()) / 2, below));
    canvas.text(
        new Label(
            Html.brief(plot.y(), 80),
            Lettering.PLAIN,
            Anchor.MIDDLE,
            area.x() + 14,
            (top() + bottom()) / 2,
            -90));
  }

  private static Label plain(String text, Anchor anchor, double x, double y) {
    return new Label(text, Lettering.PLAIN, anchor, x, y, 0);
  }

  private void line(Canvas canvas, Series line) {
    List<Spot> spots = thinned(line.points());
    double aside = aside(line);
    if (!strokes.crowded()) {
      canvas.path(
          Role.LINE,
          spots.stream().mapToDouble(spot -> x(spot.x()) + aside).toArray(),
          spots.stream().mapToDouble(spot -> y(spot.y())).toArray());
    }
    for (Spot spot : spots) {
      if (spot.bar() > 0) {
        canvas.bar(x(spot.x()) + aside, y(spot.y() - spot.bar()), y(spot.y() + spot.bar()));
      }
      if (strokes.crowded() || spots.size() <= MARKS) {
        canvas.mark(x(spot.x()) + aside, y(spot.y()), numbers(line.name(), exact(spot.x()), spot));
      }
    }
  }

  /** So that error bars of several lines at one place do not hide one another. */
  private double aside(Series line) {
    boolean barred =
        lines.stream().flatMap(l -> l.points().stream()).anyMatch(spot -> spot.bar() > 0);
    if (!barred || lines.size() == 1 || strokes.crowded()) {
      return 0;
    }
    double step = Math.min(4, ASIDE / (lines.size() - 1));
    return step * (lines.indexOf(line) - (lines.size() - 1) / 2.0);
  }

  private void boxes(Canvas canvas, Series line) {
    double base = up.decades() ? bottom() : y(0);
    for (Spot spot : line.points()) {
      CategoryAxis.Slot slot = categories.slot(spot.category(), line.name(), left(), right());
      double y = y(spot.y());
      canvas.box(
          slot.x(),
          Math.min(y, base),
          slot.width(),
          Math.abs(base - y),
          numbers(line.name(), spot.category(), spot));
    }
    canvas.end();
    canvas.begin(new Stroke(Stroke.INK, 0, 0)); // which is seen on boxes too
    for (Spot spot : line.points()) {
      if (spot.bar() > 0) {
        CategoryAxis.Slot slot = categories.slot(spot.category(), line.name(), left(), right());
        double x = slot.x() + slot.width() / 2;
        canvas.bar(x, y(spot.y() - spot.bar()), y(spot.y() + spot.bar()));
      }
    }
  }

  private static String numbers(String line, String x, Spot spot) {
    return Html.brief(line, 80)
        + ": "
        + Html.brief(x, 80)
        + ", "
        + exact(spot.y())
        + (spot.bar() > 0 ? " \u00b1 " + exact(spot.bar()) : "");
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

  /** What its lines are called. */
  public List<Entry> legend() {
    List<Entry> entries = new ArrayList<>();
    for (Strokes.Entry entry : strokes.legend()) {
      boolean lined = !strokes.crowded() && !plot.categories();
      Stroke stroke = plot.categories() ? entry.stroke().square() : entry.stroke();
      entries.add(new Entry(entry.name(), stroke, Role.LINE, lined, true));
    }
    Stroke ink = new Stroke(Stroke.INK, 0, 0);
    if (plot.best().size() > 1) {
      entries.add(new Entry("best of all", ink, Role.BEST, true, false));
    }
    for (Reference level : references) {
      String name = level.name() + ", " + String.format(Locale.ROOT, "%.4g", level.y());
      entries.add(new Entry(name, ink, Role.REFERENCE, true, false));
    }
    return entries;
  }

  /** What the plot does not show, or shows otherwise than one expects. */
  public List<String> notes() {
    List<String> notes = new ArrayList<>(plot.notes());
    if (points(lines) < points(plot.series())) {
      notes.add("values that are not finite or exceed 1e150 are omitted");
    }
    if (every > 1) {
      notes.add("only every " + every + "th point of each line is drawn");
    }
    if (up.decades()) {
      notes.add("the vertical axis is logarithmic");
    }
    if (strokes.crowded()) {
      notes.add("too many lines to distinguish; only points are drawn");
    }
    return notes;
  }

  private static int points(List<Series> lines) {
    return lines.stream().mapToInt(line -> line.points().size()).sum();
  }

  private double left() {
    return area.x() + LEFT;
  }

  private double right() {
    return area.x() + area.width() - RIGHT;
  }

  private double top() {
    return area.y() + TOP;
  }

  private double bottom() {
    int slanted = plot.categories() ? categories.height(right() - left()) : 0;
    return area.y() + area.height() - BOTTOM - slanted;
  }

  private double x(double value) {
    return left() + across.place(value) * (right() - left());
  }

  private double y(double value) {
    double place = Math.max(0, up.place(Math.max(value, up.decades() ? Double.MIN_NORMAL : value)));
    return bottom() - place * (bottom() - top());
  }

  private static String exact(double value) {
    return String.format(Locale.ROOT, "%.6g", value);
  }
}
