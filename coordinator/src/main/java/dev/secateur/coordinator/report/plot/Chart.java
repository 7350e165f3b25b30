package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.plot.Canvas.Anchor;
import dev.secateur.coordinator.report.plot.Canvas.Label;
import dev.secateur.coordinator.report.plot.Canvas.Lettering;
import dev.secateur.coordinator.report.plot.Drawing.Entry;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A plot as a separate picture, SVG or PNG: title, axes, lines where x is a number and bars where
 * it is a name, error bars; a legend beside it and notes below it, which never cover data.
 */
public final class Chart {
  private static final int WIDTH = 620;
  private static final int HEIGHT = 400;

  /** Up to which a long legend makes the plot higher too. */
  private static final int TALL = 700;

  private static final int TITLE = 34;
  private static final int ROW = 18;
  private static final int NOTE = 15;
  private static final int MARGIN = 12;

  /** Where the names of the legend begin. */
  private static final int NAMES = 42;

  /** Letters of a line of the legend; longer names go on in the next. */
  private static final int LETTERS = 34;

  /** Letters of a name; what is longer is cut. */
  private static final int NAME = 160;

  /** Entries of the legend; those beyond are counted. */
  private static final int ENTRIES = 40;

  private final Plot plot;
  private final Drawing drawing;
  private final List<List<String>> names;
  private final List<Entry> entries;
  private final List<String> notes;
  private final int width;
  private final int height;

  private Chart(Plot plot, Drawing first) {
    this.plot = plot;
    List<Entry> all = first.legend();
    entries = all.subList(0, Math.min(ENTRIES, all.size()));
    names = new ArrayList<>();
    entries.forEach(entry -> names.add(Letters.lines(Html.brief(entry.name(), NAME), LETTERS)));
    if (all.size() > ENTRIES) {
      names.add(List.of("and " + (all.size() - ENTRIES) + " more"));
    }
    double widest =
        names.stream().flatMap(List::stream).mapToDouble(Letters::width).max().orElse(0);
    width = WIDTH + NAMES + (int) Math.ceil(widest) + MARGIN;
    int rows = names.stream().mapToInt(List::size).sum();
    int legend = 2 * MARGIN + rows * ROW;
    int tall = Math.max(HEIGHT, Math.min(TALL, legend));
    drawing = tall == HEIGHT ? first : higher(plot, tall);
    notes = Letters.lines(Html.brief(String.join("; ", first.notes()), 1_000), width / 7);
    height = TITLE + Math.max(tall, legend) + notes.size() * NOTE + MARGIN;
  }

  private static Drawing higher(Plot plot, int height) {
    return Drawing.of(plot, new Drawing.Area(0, TITLE, WIDTH, height)).orElseThrow();
  }

  /**
   * A picture of a plot.
   *
   * @throws InputException when it has no point that is finite and at most 1e150
   */
  public static Chart of(Plot plot) {
    return find(plot)
        .orElseThrow(
            () ->
                new InputException(
                    plot.heading() + ": has no point that is finite and at most 1e150"));
  }

  /** A picture of a plot; empty where no point is finite and at most 1e150. */
  public static Optional<Chart> find(Plot plot) {
    return Drawing.of(plot, new Drawing.Area(0, TITLE, WIDTH, HEIGHT))
        .map(drawing -> new Chart(plot, drawing));
  }

  /** Needs no fonts. Follows the light or dark theme of who looks at it. */
  public byte[] svg() {
    Html html = new Html();
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + width + " " + height,
        "width",
        Integer.toString(width),
        "height",
        Integer.toString(height),
        "role",
        "img",
        "aria-label",
        "Plot of " + Html.brief(plot.heading(), 200));
    html.style(PlotStyle.SHEET);
    html.empty("rect", "class", "ground", "width", "100%", "height", "100%");
    draw(new SvgCanvas(html));
    return html.closeLine().done().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Twice as large as the SVG, on white.
   *
   * @throws Error when Java lacks its desktop module or fonts
   */
  public byte[] png() throws IOException {
    PixelCanvas canvas = new PixelCanvas(width, height);
    draw(canvas);
    return canvas.png();
  }

  private void draw(Canvas canvas) {
    String title = Html.brief(plot.title().isEmpty() ? plot.heading() : plot.title(), 90);
    canvas.text(new Label(title, Lettering.TITLE, Anchor.START, MARGIN, 24, 0));
    drawing.draw(canvas);
    legend(canvas);
    double y = height - MARGIN - (notes.size() - 1.0) * NOTE;
    for (String note : notes) {
      canvas.text(new Label(note, Lettering.NOTE, Anchor.START, MARGIN, y, 0));
      y += NOTE;
    }
  }

  private void legend(Canvas canvas) {
    double y = TITLE + 2.0 * MARGIN;
    for (int i = 0; i < names.size(); i++) {
      if (i < entries.size()) {
        key(canvas, entries.get(i), y - 4);
      }
      for (String line : names.get(i)) {
        canvas.text(new Label(line, Lettering.PLAIN, Anchor.START, WIDTH + NAMES, y, 0));
        y += ROW;
      }
    }
  }

  private static void key(Canvas canvas, Entry entry, double y) {
    canvas.begin(entry.stroke());
    if (entry.lined()) {
      canvas.path(entry.role(), new double[] {WIDTH + 4.0, WIDTH + 34.0}, new double[] {y, y});
    }
    if (entry.marked()) {
      canvas.mark(WIDTH + 19.0, y, "");
    }
    canvas.end();
  }
}
