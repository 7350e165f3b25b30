package dev.secateur.coordinator.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Maps each line of a configuration to the file that it came from. {@link Includes} leaves comments
 * in the text that say so.
 */
final class SourceLines {
  private static final Pattern BEGIN = Pattern.compile("# include \"([^\"]*)\" begins");
  private static final Pattern END =
      Pattern.compile("# include \"[^\"]*\" ends, line (\\d{1,9}) goes on");

  private final String file;
  private final List<Span> spans;

  /**
   * @param from its first line in the whole
   * @param file as messages name it
   * @param line what that line is called there
   */
  private record Span(int from, String file, int line) {}

  private SourceLines(String file, List<Span> spans) {
    this.file = file;
    this.spans = spans;
  }

  /** Of a text that is one file. */
  static SourceLines of(String file) {
    return new SourceLines(file, List.of());
  }

  /**
   * @param text as {@link Includes} leaves it
   * @param file that included the others
   */
  static SourceLines of(String text, String file) {
    if (!text.contains("# include \"")) {
      return of(file);
    }
    List<Span> spans = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(List.of(file));
    int number = 1;
    for (String line : text.split("\n", -1)) {
      Matcher begin = BEGIN.matcher(line);
      Matcher end = END.matcher(line);
      if (begin.matches()) {
        open.push(beside(file, begin.group(1)));
        spans.add(new Span(number + 1, open.element(), 1));
      } else if (end.matches() && open.size() > 1) {
        open.pop();
        spans.add(new Span(number + 1, open.element(), Integer.parseInt(end.group(1))));
      }
      number++;
    }
    return new SourceLines(file, List.copyOf(spans));
  }

  /** The comment before an included text. */
  static String begin(String name) {
    return "# include \"" + name + "\" begins";
  }

  /**
   * The comment after it.
   *
   * @param line of the statement that included it
   */
  static String end(String name, int line) {
    return "# include \"" + name + "\" ends, line " + line + " goes on";
  }

  /** Whether a file's name can stand in such a comment. */
  static boolean isPlain(String name) {
    return name.chars().noneMatch(c -> c == '"' || Character.isISOControl(c));
  }

  /** A name relative to the folder of a file, as the file's own name is given. */
  static String beside(String file, String name) {
    try {
      return Path.of(file).resolveSibling(name).toString();
    } catch (InvalidPathException e) {
      return name;
    }
  }

  /** {@code file:line} of a line of the whole; the file alone of line 0. */
  String place(int line) {
    Span last = null;
    for (Span span : spans) {
      if (span.from() > line) {
        break;
      }
      last = span;
    }
    if (line < 1) {
      return file;
    }
    return last == null
        ? file + ":" + line
        : last.file() + ":" + (last.line() + line - last.from());
  }
}
