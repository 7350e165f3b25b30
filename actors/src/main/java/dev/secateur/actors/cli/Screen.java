package dev.secateur.actors.cli;

/**
 * The properties of stderr.
 *
 * @param terminal whether it is a terminal
 * @param width in characters
 * @param coloured whether it shows colours
 */
record Screen(boolean terminal, int width, boolean coloured) {
  private static final int USUAL = 80;
  private static final int LEAST = 40;

  /** No terminal: lines, one after the other. */
  static final Screen NONE = new Screen(false, USUAL, false);

  /** As the launcher has found it; {@code NO_COLOR} turns colours off (no-color.org). */
  static Screen here() {
    String asked = System.getenv("NO_COLOR");
    boolean terminal =
        Boolean.getBoolean("secateur.terminal") && !"dumb".equals(System.getenv("TERM"));
    return new Screen(
        terminal,
        Math.max(LEAST, Integer.getInteger("secateur.columns", USUAL)),
        terminal && (asked == null || asked.isEmpty()));
  }

  /** A line cut to the width: one that wraps can't be drawn over. */
  String cut(String line) {
    return line.length() < width ? line : line.substring(0, width - 1 - "...".length()) + "...";
  }
}
