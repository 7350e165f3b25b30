package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.markup.Html;
import java.util.Locale;

/** Draws as elements of SVG, whose classes {@code plot.css} styles. */
public final class SvgCanvas implements Canvas {
  private final Html html;
  private Stroke stroke = new Stroke(Stroke.INK, 0, 0);

  public SvgCanvas(Html html) {
    this.html = html;
  }

  @Override
  public void text(Label label) {
    String anchor = label.anchor().name().toLowerCase(Locale.ROOT);
    String kind = label.lettering().name().toLowerCase(Locale.ROOT);
    if (label.degrees() != 0) {
      String turned =
          "translate(%s %s) rotate(%d)"
              .formatted(number(label.x()), number(label.y()), label.degrees());
      html.element("text", label.text(), "text-anchor", anchor, "transform", turned);
    } else if (label.lettering() == Lettering.PLAIN) {
      html.element(
          "text",
          label.text(),
          "text-anchor",
          anchor,
          "x",
          number(label.x()),
          "y",
          number(label.y()));
    } else {
      html.element(
          "text",
          label.text(),
          "class",
          kind,
          "text-anchor",
          anchor,
          "x",
          number(label.x()),
          "y",
          number(label.y()));
    }
  }

  @Override
  public void path(Role role, double[] xs, double[] ys) {
    if (xs.length < 2) {
      return;
    }
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < xs.length; i++) {
      path.append(i == 0 ? 'M' : 'L').append(number(xs[i])).append(' ').append(number(ys[i]));
    }
    html.empty("path", "class", role.name().toLowerCase(Locale.ROOT), "d", path.toString());
  }

  @Override
  public void begin(Stroke look) {
    stroke = look;
    html.open("g", "class", look.classes());
  }

  @Override
  public void end() {
    html.close();
  }

  @Override
  public void bar(double x, double from, double to) {
    html.empty(
        "line",
        "class",
        "bar",
        "x1",
        number(x),
        "y1",
        number(from),
        "x2",
        number(x),
        "y2",
        number(to));
  }

  @Override
  public void box(double x, double y, double width, double height, String title) {
    html.open("g").element("title", title);
    html.empty(
        "rect",
        "class",
        "box",
        "x",
        number(x),
        "y",
        number(y),
        "width",
        number(width),
        "height",
        number(height));
    html.close();
  }

  @Override
  public void mark(double x, double y, String title) {
    html.open("g", "transform", "translate(" + number(x) + " " + number(y) + ")");
    if (!title.isEmpty()) {
      html.element("title", title);
    }
    html.empty("path", "class", "mark", "d", stroke.mark());
    html.close();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
