package dev.secateur.coordinator.report.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import javax.imageio.ImageIO;

/** Draws pixels, in the colours that {@code plot.css} has on white. */
final class PixelCanvas implements Canvas {
  private static final int SCALE = 2;

  /** Of 255, how opaque pale marks are; the style sheet has it as a share. */
  private static final int PALE = 89;

  /** The dashes of lines, in the order of {@link Stroke#dash()}. */
  private static final List<float[]> DASHES =
      List.of(new float[0], new float[] {7, 4}, new float[] {2, 4}, new float[] {9, 3, 2, 3});

  private final BufferedImage image;
  private final Graphics2D graphics;
  private Stroke stroke = new Stroke(Stroke.INK, 0, 0);

  PixelCanvas(int width, int height) {
    image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
    graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setRenderingHint(
        RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
    graphics.scale(SCALE, SCALE);
    graphics.setColor(colour("ground"));
    graphics.fill(new Rectangle2D.Double(0, 0, width, height));
  }

  private static Color colour(String name) {
    return new Color(PlotStyle.colour(name));
  }

  private Color own() {
    return colour(stroke.colour() == Stroke.INK ? "ink" : "c" + stroke.colour() % Stroke.COLOURS);
  }

  @Override
  public void text(Label label) {
    switch (label.lettering()) {
      case NOTE -> letters("faint", Font.PLAIN, 11);
      case PLAIN -> letters("ink", Font.PLAIN, 13);
      case TITLE -> letters("ink", Font.BOLD, 15);
    }
    AffineTransform before = graphics.getTransform();
    graphics.translate(label.x(), label.y());
    graphics.rotate(Math.toRadians(label.degrees()));
    double width = graphics.getFontMetrics().getStringBounds(label.text(), graphics).getWidth();
    double from =
        switch (label.anchor()) {
          case START -> 0;
          case MIDDLE -> -width / 2;
          case END -> -width;
        };
    graphics.drawString(label.text(), (float) from, 0);
    graphics.setTransform(before);
  }

  private void letters(String colour, int style, int size) {
    graphics.setColor(colour(colour));
    graphics.setFont(new Font(Font.SANS_SERIF, style, size));
  }

  @Override
  public void path(Role role, double[] xs, double[] ys) {
    if (xs.length < 2) {
      return;
    }
    Path2D path = new Path2D.Double();
    path.moveTo(xs[0], ys[0]);
    for (int i = 1; i < xs.length; i++) {
      path.lineTo(xs[i], ys[i]);
    }
    switch (role) {
      case GRID -> draw(path, colour("edge"), 1);
      case REFERENCE -> draw(path, colour("faint"), 1.5f, 3, 3);
      case BEST -> draw(path, colour("best"), 7);
      case LINE -> draw(path, own(), 2, DASHES.get(stroke.dash() % DASHES.size()));
    }
  }

  private void draw(Shape shape, Color colour, float width, float... dashes) {
    graphics.setColor(colour);
    graphics.setStroke(
        dashes.length == 0
            ? new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND)
            : new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dashes, 0));
    graphics.draw(shape);
  }

  @Override
  public void begin(Stroke look) {
    stroke = look;
  }

  @Override
  public void end() {
    stroke = new Stroke(Stroke.INK, 0, 0);
  }

  @Override
  public void bar(double x, double from, double to) {
    draw(new Line2D.Double(x, from, x, to), own(), 1.5f);
  }

  @Override
  public void box(double x, double y, double width, double height, String title) {
    filled(new Rectangle2D.Double(x, y, width, height));
  }

  @Override
  public void mark(double x, double y, String title) {
    double[] corners = stroke.corners();
    Path2D path = new Path2D.Double();
    path.moveTo(x + corners[0], y + corners[1]);
    for (int i = 2; i < corners.length; i += 2) {
      path.lineTo(x + corners[i], y + corners[i + 1]);
    }
    path.closePath();
    filled(path);
  }

  private void filled(Shape shape) {
    graphics.setColor(colour("ground"));
    graphics.fill(shape);
    if (!stroke.hollow()) {
      int rgb = own().getRGB() & 0xffffff;
      graphics.setColor(new Color(rgb | (stroke.pale() ? PALE : 0xff) << 24, true));
      graphics.fill(shape);
    }
    draw(shape, own(), 1.5f);
  }

  byte[] png() throws IOException {
    graphics.dispose();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }
}
