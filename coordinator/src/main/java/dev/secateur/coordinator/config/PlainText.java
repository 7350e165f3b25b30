package dev.secateur.coordinator.config;

import java.util.Optional;

/** What every text of a configuration must be. */
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

  private static boolean isHalf(int codePoint) {
    return Character.getType(codePoint) == Character.SURROGATE;
  }
}
