package dev.secateur.coordinator.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Checks a configuration before the HOCON parser, which recurses, copies and expands: whether it is
 * within its limits, and whether a comment cuts a value. Syntax errors are left to the parser.
 */
final class HoconScan {
  private static final String OTHER_TOKENS = "\"{}[]:=,\n";
  private static final int SHOWN = 60;

  private final String text;
  private final Limits limits;
  private final Problems problems;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private final List<Definition> definitions = new ArrayList<>();
  private int at;
  private int line = 1;
  private int pieceEnd = -1;
  private int keys;
  private int values;
  private int substitutions;

  /** Braces or brackets that are open. */
  private static final class Frame {
    private final boolean list;

    /** The keys up to here. */
    private final List<String> path;

    /** What the content belongs to: in a list the key that holds it. */
    private final Definition owner;

    /** In how many braces, brackets and dots it stands. */
    private final int level;

    private int keyFrom = -1;
    private String key = "";
    private int keyLevels;
    private Definition value;
    private boolean begun;
    private int element;
    private int pieces;
    private int characters;

    private Frame(boolean list, List<String> path, Definition owner, int level) {
      this.list = list;
      this.path = path;
      this.owner = owner;
      this.level = level;
    }

    private boolean isKey() {
      return !list && value == null;
    }

    private Definition content() {
      return list ? owner : value;
    }
  }

  private HoconScan(String text, Limits limits, Problems problems) {
    this.text = text;
    this.limits = limits;
    this.problems = problems;
  }

  /**
   * Notes values that are cut.
   *
   * @throws dev.secateur.protocol.InputException when a limit is passed
   */
  static void check(String text, Limits limits, Problems problems) {
    if (text.length() > limits.bytes()) {
      problems.refuse(
          0,
          "the configuration has "
              + text.length()
              + " characters; the maximum is "
              + limits.bytes());
    }
    HoconScan scan = new HoconScan(text, limits, problems);
    scan.run();
    Expansion.check(scan.definitions, limits, problems);
  }

  private void run() {
    frames.push(new Frame(false, List.of(), null, 0));
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\n') {
        endOfLine();
        at++;
        if (++line > limits.lines()) {
          problems.refuse(line, "more than " + limits.lines() + " lines; that is the maximum");
        }
      } else if (isSpace(c)) {
        at++;
      } else if (startsComment(at)) {
        comment();
      } else {
        token(c);
      }
    }
  }

  private void token(char c) {
    switch (c) {
      case '{' -> open(false);
      case '[' -> open(true);
      case '}', ']' -> close();
      case ',' -> endOfValue();
      case '=', ':' -> separator(false);
      case '"' -> piece(endOfQuotes());
      default -> {
        if (text.startsWith("${", at)) {
          substitution();
        } else if (text.startsWith("+=", at)) {
          separator(true);
          at += 2;
        } else {
          piece(endOfWord());
        }
      }
    }
    if ("{[}],=:".indexOf(c) >= 0) {
      at++;
    }
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF';
  }

  private boolean startsComment(int place) {
    return text.charAt(place) == '#' || text.startsWith("//", place);
  }

  /** The place after what begins with a quotation mark. */
  private int endOfQuotes() {
    if (text.startsWith("\"\"\"", at)) {
      int end = text.indexOf("\"\"\"", at + 3);
      end = end < 0 ? text.length() : end + 3;
      while (end < text.length() && text.charAt(end) == '"') {
        end++;
      }
      return end;
    }
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), end < text.length() && text.charAt(end) == '"' ? end + 1 : end);
  }

  /** The place after a word without quotes, which is at least one character. */
  private int endOfWord() {
    int end = at + 1;
    while (end < text.length()
        && !isSpace(text.charAt(end))
        && OTHER_TOKENS.indexOf(text.charAt(end)) < 0
        && !text.startsWith("${", end)
        && !text.startsWith("+=", end)
        && !startsComment(end)) {
      end++;
    }
    return end;
  }

  private void piece(int end) {
    Frame frame = frames.element();
    int length = end - at;
    if (frame.isKey()) {
      frame.keyFrom = frame.keyFrom < 0 ? at : frame.keyFrom;
      countPiece(frame);
    } else {
      begin(frame);
      frame.characters += length;
      frame.content().add(length, 0);
      if (frame.characters > limits.characters()) {
        refuse("has more than " + limits.characters() + " characters, the maximum of one value");
      }
    }
    line += (int) text.substring(at, end).chars().filter(c -> c == '\n').count();
    at = end;
    pieceEnd = end;
  }

  private void substitution() {
    int end = text.indexOf('}', at);
    end = end < 0 ? text.length() : end + 1;
    Frame frame = frames.element();
    if (!frame.isKey()) {
      List<String> target = KeyPath.parse(text.substring(at + 2, Math.max(at + 2, end - 1)));
      String first = target.get(0).replaceFirst("^\\?", "");
      substitute(frame.content(), KeyPath.within(List.of(first), target.subList(1, target.size())));
    }
    piece(end);
  }

  private void substitute(Definition into, List<String> target) {
    if (++substitutions > limits.substitutions()) {
      refuse(
          "holds substitution or += number "
              + substitutions
              + "; the maximum is "
              + limits.substitutions());
    }
    if (target.size() > limits.levels()) {
      refuse("refers to a key of more than " + limits.levels() + " levels, the maximum");
    }
    into.substitutes(target);
  }

  /** Another piece of a value, the first one maybe. */
  private void begin(Frame frame) {
    if (!frame.begun) {
      frame.begun = true;
      frame.content().add(0, 1);
      if (++values > limits.values()) {
        refuse("is value number " + values + "; the maximum is " + limits.values());
      }
    }
    countPiece(frame);
  }

  private void countPiece(Frame frame) {
    if (++frame.pieces > limits.pieces()) {
      refuse("is concatenated from more than " + limits.pieces() + " pieces; write it in quotes");
    }
  }

  private void separator(boolean append) {
    Frame frame = frames.element();
    if (frame.isKey()) {
      define(frame);
      if (append) {
        substitute(frame.value, KeyPath.within(frame.path, KeyPath.parse(frame.key)));
      }
    }
  }

  /** A key ends and its value begins. */
  private void define(Frame frame) {
    frame.key = frame.keyFrom < 0 ? "" : text.substring(frame.keyFrom, at).strip();
    List<String> path = KeyPath.parse(frame.key);
    frame.keyLevels = path.size();
    frame.pieces = 0;
    if (++keys > limits.keys()) {
      problems.refuse(line, "key number " + keys + "; the maximum is " + limits.keys());
    }
    checkLevels(frame.level + path.size());
    if (frame.owner == null) {
      frame.value = new Definition(KeyPath.within(frame.path, path), line);
      definitions.add(frame.value);
    } else {
      frame.value = frame.owner;
    }
  }

  private void checkLevels(int levels) {
    if (levels > limits.levels()) {
      problems.refuse(
          line,
          "more than "
              + limits.levels()
              + " levels of nested braces, brackets and keys; that is the maximum");
    }
  }

  private void open(boolean list) {
    Frame frame = frames.element();
    if (frame.isKey() && frame.keyFrom < 0) {
      frames.push(new Frame(list, frame.path, anonymous(frame, list), frame.level + 1));
    } else {
      if (frame.isKey()) {
        define(frame);
      }
      begin(frame);
      Definition owner = list || frame.list || frame.owner != null ? frame.content() : null;
      List<String> path =
          frame.list ? frame.path : KeyPath.within(frame.path, KeyPath.parse(frame.key));
      frames.push(new Frame(list, path, owner, frame.level + Math.max(1, frame.keyLevels)));
    }
    checkLevels(frames.element().level);
  }

  /** Of braces around the whole nothing; of a list without a key, which the parser refuses, one. */
  private Definition anonymous(Frame frame, boolean list) {
    return list && frame.owner == null ? new Definition(frame.path, line) : frame.owner;
  }

  private void close() {
    if (frames.size() > 1) {
      frames.pop();
    }
  }

  private void endOfLine() {
    Frame frame = frames.element();
    if (frame.begun) {
      endOfValue();
    }
  }

  private void endOfValue() {
    Frame frame = frames.element();
    frame.element += frame.list && frame.begun ? 1 : 0;
    frame.begun = false;
    frame.pieces = 0;
    frame.characters = 0;
    frame.value = null;
    frame.keyFrom = -1;
    frame.keyLevels = 0;
  }

  /** Passes over a comment; one that touches what stands before it cuts a value. */
  private void comment() {
    int end = text.indexOf('\n', at);
    end = end < 0 ? text.length() : end;
    boolean likeUrl = text.charAt(at) == '/' && at > 0 && text.charAt(at - 1) == ':';
    if (likeUrl || at == pieceEnd) {
      problems.add(
          line,
          "'"
              + place()
              + "' is cut before '"
              + shown(text.substring(at, end))
              + "', where HOCON begins a comment; put the whole value in quotes, as in \"FILE#COLUMN\","
              + " or a space before the comment");
    }
    at = end;
  }

  private static String shown(String cut) {
    String one = cut.split("[\\s,\\]}\"]", 2)[0];
    return one.length() > SHOWN ? one.substring(0, SHOWN) + "..." : one;
  }

  private void refuse(String problem) {
    problems.refuse(line, "'" + place() + "' " + problem);
  }

  /** The key of what is being read, as messages name it. */
  private String place() {
    StringBuilder place = new StringBuilder();
    for (var outer = frames.descendingIterator(); outer.hasNext(); ) {
      Frame frame = outer.next();
      if (frame.list) {
        place.append('[').append(frame.element).append(']');
      } else {
        String key =
            frame.value == null && frame.keyFrom >= 0
                ? text.substring(frame.keyFrom, Math.max(frame.keyFrom, at)).strip()
                : frame.value == null ? "" : frame.key;
        place.append(place.isEmpty() || key.isEmpty() ? "" : ".").append(key);
      }
    }
    return place.toString();
  }
}
