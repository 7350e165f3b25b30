package dev.secateur.coordinator.config;

/** User text, made fit for one line of a message. */
public final class OneLine {
  private OneLine() {}

  /**
   * The text with control characters written out as in JSON, cut where it is too long.
   *
   * @param longest in characters
   */
  public static String of(String text, int longest) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < text.length() && line.length() < longest; i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> line.append("\\n");
        case '\r' -> line.append("\\r");
        case '\t' -> line.append("\\t");
        default -> {
          if (Character.isISOControl(c) || c == '\u2028' || c == '\u2029') {
            line.append(String.format("\\u%04x", (int) c));
          } else {
            line.append(c);
          }
        }
      }
    }
    return line.length() >= longest ? line.substring(0, longest) + "..." : line.toString();
  }
}
