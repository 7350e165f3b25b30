package dev.secateur.coordinator.config;

import dev.secateur.protocol.InputException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the include statements of a HOCON text, and the braces around the whole of it. */
final class IncludeScan {
  private static final Pattern STATEMENT =
      Pattern.compile(
          "include\\s+(?:required\\(\\s*)?(?:(file|url|classpath)\\(\\s*)?\"([^\"\\n\\\\]*)\"");
  private static final Pattern CLOSING = Pattern.compile("\\s*\\)");
  private static final Pattern COMMA = Pattern.compile("[ \\t]*,");

  private final String text;
  private final List<Statement> statements = new ArrayList<>();
  private final Deque<Integer> braces = new ArrayDeque<>();
  private int at;
  private int line = 1;
  private boolean fieldBegins = true;
  private boolean valueDue;
  private int first = -1;
  private int firstCloses = -1;
  private int last = -1;
  private int surplusLine;

  /**
   * An include statement.
   *
   * @param from its first character
   * @param to the one after its last, a comma after it included
   * @param ofFile whether it names a file
   */
  record Statement(int from, int to, int line, boolean ofFile, String name) {}

  private IncludeScan(String text) {
    this.text = text;
  }

  static IncludeScan of(String text) {
    IncludeScan scan = new IncludeScan(text);
    scan.run();
    return scan;
  }

  List<Statement> statements() {
    return List.copyOf(statements);
  }

  /**
   * The text without the braces around the whole of it: what can stand within those of another.
   *
   * @param file what errors call it
   * @throws InputException when its braces and brackets don't match, or it is a list
   */
  String body(String file) {
    if (surplusLine > 0) {
      throw new InputException(file + ":" + surplusLine + ": closes what it does not open");
    } else if (!braces.isEmpty()) {
      int opened = braces.element();
      long number = text.substring(0, opened).chars().filter(c -> c == '\n').count() + 1;
      throw new InputException(
          file + ":" + number + ": the '" + text.charAt(opened) + "' is not closed");
    } else if (first >= 0 && text.charAt(first) == '[') {
      throw new InputException(file + ": is a list; an included file has keys and values");
    }
    boolean around = first >= 0 && text.charAt(first) == '{' && firstCloses == last;
    return around
        ? text.substring(0, first)
            + ' '
            + text.substring(first + 1, last)
            + ' '
            + text.substring(last + 1)
        : text;
  }

  private void run() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        line++;
        at++;
        fieldBegins |= !valueDue;
      } else if (Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF') {
        at++;
      } else if (c == '#' || text.startsWith("//", at)) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (!(fieldBegins && isOfObject() && statement())) {
        token(c);
      }
    }
  }

  private boolean isOfObject() {
    return braces.isEmpty() || text.charAt(braces.element()) == '{';
  }

  private boolean statement() {
    Matcher matcher = STATEMENT.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    int from = at;
    int to = matcher.end(2) + 1;
    Matcher closing = CLOSING.matcher(text);
    while (closing.region(to, text.length()).lookingAt()) {
      to = closing.end();
    }
    Matcher comma = COMMA.matcher(text).region(to, text.length());
    to = comma.lookingAt() ? comma.end() : to;
    String kind = matcher.group(1);
    statements.add(
        new Statement(from, to, line, kind == null || kind.equals("file"), matcher.group(2)));
    line += (int) text.substring(from, to).chars().filter(c -> c == '\n').count();
    touch(from);
    at = to;
    fieldBegins = true;
    return true;
  }

  private void touch(int place) {
    first = first < 0 ? place : first;
    last = place;
  }

  private void token(char c) {
    touch(at);
    if (c == '"') {
      quotes();
      fieldBegins = false;
      valueDue = false;
      return;
    }
    switch (c) {
      case '{', '[' -> {
        braces.push(at);
        fieldBegins = true;
        valueDue = false;
      }
      case '}', ']' -> close();
      case ',' -> fieldBegins = true;
      case '=', ':' -> {
        fieldBegins = false;
        valueDue = true;
      }
      default -> {
        fieldBegins = false;
        valueDue = false;
        if (text.startsWith("${", at)) {
          int end = text.indexOf('}', at);
          at = end < 0 ? text.length() - 1 : end;
        }
      }
    }
    at++;
  }

  private void close() {
    if (braces.isEmpty()) {
      surplusLine = surplusLine > 0 ? surplusLine : line;
    } else if (braces.pop() == first) {
      firstCloses = at;
    }
    fieldBegins = false;
    valueDue = false;
  }

  /** Passes over what stands in quotation marks. */
  private void quotes() {
    int end;
    if (text.startsWith("\"\"\"", at)) {
      end = text.indexOf("\"\"\"", at + 3);
      end = end < 0 ? text.length() : end + 3;
    } else {
      end = at + 1;
      while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
        end += text.charAt(end) == '\\' ? 2 : 1;
      }
      end = Math.min(text.length(), end + (end < text.length() && text.charAt(end) == '"' ? 1 : 0));
    }
    line += (int) text.substring(at, end).chars().filter(c -> c == '\n').count();
    at = end;
  }
}
