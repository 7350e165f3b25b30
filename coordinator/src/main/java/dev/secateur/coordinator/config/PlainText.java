package dev.secateur.coordinator.config;

import java.util.Optional;

/** The rules for every text of a configuration. */
final class PlainText {
  private PlainText() {}

  /** What is wrong with a text, to stand after its key: that it is empty, or no file's name. */
  static Optional<String> fault(String text) {
    if (text.isBlank()) {
      return Optional.of("is empty");
    } else if (text.indexOf('\0') >= 0) {
      return Optional.of("is '" + text + "', which holds a NUL character");
    } else if (text.codePoints().anyMatch(PlainText::isHalf)) {
      return Optional.of("is '" + text + "', which holds half of a character (a lone surrogate)");
    }
    return Optional.empty();
  }

  /**
   * What is wrong with a text that people are shown: a character that a terminal or a browser obeys
   * instead of showing it. Tabs and line breaks are allowed.
   */
  static Optional<String> invisible(String text) {
    return text.codePoints()
        .filter(point -> point != '\n' && point != '\t' && isInvisible(point))
        .mapToObj(
            point ->
                String.format(
                    "has the character U+%04X, which is a control character, changes the"
                        + " writing direction or is half of a character; remove it",
                    point))
        .findFirst();
  }

  private static boolean isInvisible(int point) {
    boolean turns =
        point == 0x61c
            || point == 0x200e
            || point == 0x200f
            || point >= 0x2028 && point <= 0x202e
            || point >= 0x2066 && point <= 0x2069;
    return turns || Character.isISOControl(point) || isHalf(point);
  }

  private static boolean isHalf(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}
