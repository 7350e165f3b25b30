package dev.secateur.coordinator.report.markup;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;

/**
 * Writes HTML that is well-formed XML as well. Texts and values of attributes may be hostile: they
 * are escaped, and characters that control a terminal or the direction of writing are shown, not
 * applied. Names of elements and attributes are constants of the code.
 *
 * <p>This is not a library, because those on Maven Central either parse (jsoup) or are template
 * engines, whose templates no compiler checks; the page has only ten kinds of elements.
 */
public final class Html {
  /** Elements without content; of all others HTML reads {@code <x/>} as a start. */
  private static final Set<String> EMPTY = Set.of("meta", "line", "path", "circle", "rect");

  private static final char UNKNOWN = '\ufffd';

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Starts an element.
   *
   * @param attributes names and values in turn
   */
  public Html open(String element, String... attributes) {
    start(element, attributes);
    out.append('>');
    open.push(element);
    return this;
  }

  /** Ends the last element that is open. */
  public Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** Ends an element of a line of its own. */
  public Html closeLine() {
    close();
    out.append('\n');
    return this;
  }

  /** An element of text alone. */
  public Html element(String element, String text, String... attributes) {
    return open(element, attributes).text(text).close();
  }

  /**
   * An element without content.
   *
   * @throws IllegalArgumentException where it may have some
   */
  public Html empty(String element, String... attributes) {
    if (!EMPTY.contains(element)) {
      throw new IllegalArgumentException("<" + element + "/> is a start to HTML");
    }
    start(element, attributes);
    out.append("/>");
    return this;
  }

  public Html text(String text) {
    escape(text, false);
    return this;
  }

  /** A style sheet of the code's own, as it is. */
  public Html style(String sheet) {
    if (sheet.contains("<") || sheet.contains("&")) {
      throw new IllegalArgumentException("style sheets must not hold '<' or '&'");
    }
    out.append("<style>").append(sheet).append("</style>\n");
    return this;
  }

  /**
   * All that was written.
   *
   * @throws IllegalStateException while elements are open
   */
  public String done() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("still open: " + open);
    }
    return out.toString();
  }

  private void start(String element, String... attributes) {
    out.append('<').append(element);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1], true);
      out.append('"');
    }
  }

  private void escape(String text, boolean attribute) {
    text.replace("\r\n", "\n").codePoints().forEach(point -> escape(point, attribute));
  }

  private void escape(int point, boolean attribute) {
    switch (point) {
      case '&' -> out.append("&amp;");
      case '<' -> out.append("&lt;");
      case '>' -> out.append("&gt;");
      case '"' -> out.append("&quot;");
      case '\n', '\t' -> {
        if (attribute) {
          out.append("&#").append(point).append(';');
        } else {
          out.append((char) point);
        }
      }
      default -> plain(point);
    }
  }

  private void plain(int point) {
    if (point < 0x20) {
      out.append((char) (0x2400 + point)); // Unicode's pictures of control characters
    } else if (point == 0x7f) {
      out.append('\u2421');
    } else if (point < 0xa0 && point > 0x7f || isNone(point)) {
      out.append(UNKNOWN);
    } else if (point >= 0x202a && point <= 0x202e || point >= 0x2066 && point <= 0x2069) {
      out.append(String.format(Locale.ROOT, "[U+%04X]", point)); // which turn what follows around
    } else {
      out.appendCodePoint(point);
    }
  }

  /** Halves of pairs, and what Unicode says is no character. */
  private static boolean isNone(int point) {
    return point >= 0xd800 && point <= 0xdfff
        || (point & 0xfffe) == 0xfffe
        || point >= 0xfdd0 && point <= 0xfdef;
  }

  /** The beginning of a text that is too long for its place, and how long it is. */
  public static String brief(String text, int most) {
    int length = text.codePointCount(0, text.length());
    return length <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most))
            + "\u2026 ("
            + length
            + " characters)";
  }
}
