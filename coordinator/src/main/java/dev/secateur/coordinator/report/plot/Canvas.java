package dev.secateur.coordinator.report.plot;

/** The surface that a plot is drawn on. Lengths are pixels of a picture at its original size. */
public interface Canvas {
  /** What a line is of; style sheets have a class of this name in lower case. */
  enum Role {
    GRID,
    REFERENCE,
    BEST,
    LINE
  }

  /** Which part of a text stands at its place. */
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  /** Kinds of texts, from the smallest. */
  enum Lettering {
    NOTE,
    PLAIN,
    TITLE
  }

  /**
   * A text and its place.
   *
   * @param degrees how far it is turned clockwise
   */
  record Label(String text, Lettering lettering, Anchor anchor, double x, double y, int degrees) {}

  void text(Label label);

  /** Joined points; of one it draws nothing. */
  void path(Role role, double[] xs, double[] ys);

  /** All until {@link #end} looks like this. */
  void begin(Stroke stroke);

  void end();

  /** An error bar. */
  void bar(double x, double from, double to);

  /** A bar from the axis of names. */
  void box(double x, double y, double width, double height, String title);

  /**
   * A mark.
   *
   * @param title its numbers, for who points at it
   */
  void mark(double x, double y, String title);
}
