package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.plot.Canvas;
import dev.secateur.coordinator.report.plot.Drawing;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.SvgCanvas;
import java.util.List;

/** A plot as inline SVG, with its heading, legend and notes as texts of the page. */
final class PlotView {
  private static final int WIDTH = 560;
  private static final int HEIGHT = 350;

  private PlotView() {}

  /** Nothing where the plot has no numbers to show. */
  static void write(Html html, Plot plot) {
    Drawing.of(plot, new Drawing.Area(0, 0, WIDTH, HEIGHT))
        .ifPresent(drawing -> figure(html, plot, drawing));
  }

  private static void figure(Html html, Plot plot, Drawing drawing) {
    String title = Html.brief(plot.heading(), 200);
    html.open("figure").element("h3", title);
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + WIDTH + " " + HEIGHT,
        "role",
        "img",
        "aria-label",
        "Plot of " + title);
    drawing.draw(new SvgCanvas(html));
    html.closeLine();
    legend(html, drawing.legend());
    List<String> notes = drawing.notes();
    if (!notes.isEmpty()) {
      html.element("figcaption", Html.brief(String.join("; ", notes), 1_000));
    }
    html.closeLine();
  }

  private static void legend(Html html, List<Drawing.Entry> entries) {
    html.open("ul", "class", "legend");
    for (Drawing.Entry entry : entries) {
      html.open("li").open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 32 12");
      Canvas key = new SvgCanvas(html);
      key.begin(entry.stroke());
      if (entry.lined()) {
        key.path(entry.role(), new double[] {1, 31}, new double[] {6, 6});
      }
      if (entry.marked()) {
        key.mark(16, 6, "");
      }
      key.end();
      html.close().element("span", Html.brief(entry.name(), 200)).close();
    }
    html.closeLine();
  }
}
