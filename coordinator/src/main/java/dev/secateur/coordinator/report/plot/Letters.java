package dev.secateur.coordinator.report.plot;

import java.util.ArrayList;
import java.util.List;

/** The widths of texts, without a font, since viewers of an SVG use their own fonts. */
final class Letters {
  /** Pixels of a wide letter of 13 pixels; an average one is narrower. */
  private static final double WIDTH = 7.2;

  private Letters() {}

  /** Pixels of a text. */
  static double width(String text) {
    return WIDTH * text.codePointCount(0, text.length());
  }

  /** A text as lines of at most this many letters, broken between words where it can be. */
  static List<String> lines(String text, int most) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      String rest = word;
      if (!line.isEmpty() && line.length() + 1 + rest.length() > most) {
        lines.add(line.toString());
        line.setLength(0);
      }
      while (rest.length() > most) {
        int cut = rest.offsetByCodePoints(0, Math.min(most, rest.codePointCount(0, rest.length())));
        if (cut == rest.length()) {
          break; // of few letters, each a pair
        }
        lines.add(rest.substring(0, cut));
        rest = rest.substring(cut);
      }
      line.append(line.isEmpty() ? "" : " ").append(rest);
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }
}
