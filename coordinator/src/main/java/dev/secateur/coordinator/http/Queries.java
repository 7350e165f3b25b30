package dev.secateur.coordinator.http;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.IdempotencyKey;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Reads queries and headers; invalid values are refused by name. */
final class Queries {
  private static final int LONGEST_KEY = 200;
  private static final int LONGEST_FILE = 300;
  private static final int SHOWN = 100;
  private static final int MOST_LINES = 10_000;

  private Queries() {}

  /**
   * @throws InputException when there is an unknown parameter
   */
  static void check(Collection<String> given, List<String> known) {
    for (String name : given) {
      if (!known.contains(name)) {
        throw new InputException(
            "unknown parameter "
                + quoted(name)
                + (known.isEmpty() ? "; none is allowed here" : "; allowed are ")
                + String.join(", ", known));
      }
    }
  }

  static boolean flag(String name, Optional<String> given, boolean otherwise) {
    if (given.isEmpty()) {
      return otherwise;
    }
    return switch (given.get()) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new InputException(
              name + " is " + quoted(given.get()) + "; it must be true or false");
    };
  }

  static int priority(String text) {
    if (!text.matches("[1-9]\\d{0,3}")) {
      throw new InputException("the priority is " + quoted(text) + "; allowed is 1 to 9999");
    }
    return Integer.parseInt(text);
  }

  /** A number from zero on. */
  static int number(String what, String text) {
    if (!text.matches("\\d{1,9}")) {
      throw new InputException("the " + what + " is " + quoted(text) + ", not a whole number");
    }
    return Integer.parseInt(text);
  }

  /** How many lines of logs. */
  static int lines(String text) {
    int lines = number("number of lines", text);
    if (lines < 1 || lines > MOST_LINES) {
      throw new InputException("lines is " + lines + "; allowed is 1 to " + MOST_LINES);
    }
    return lines;
  }

  /** The beginning of a stage's key. */
  static String stage(String text) {
    if (!text.matches("[0-9a-f]{6,64}")) {
      throw new InputException(
          "the stage is "
              + quoted(text)
              + "; it must be the first 6 or more digits of a stage's key");
    }
    return text;
  }

  /** A time, ISO 8601 in UTC. */
  static String time(String text) {
    try {
      Instant.parse(text);
      return text;
    } catch (DateTimeParseException e) {
      throw new InputException(
          "the time is " + quoted(text) + "; it must be a time such as 2026-01-31T12:00:00Z", e);
    }
  }

  /** The number of an event. */
  static long sequence(String text) {
    if (!text.matches("\\d{1,18}")) {
      throw new InputException("the sequence number is " + quoted(text) + ", not a whole number");
    }
    return Long.parseLong(text);
  }

  /** An Idempotency-Key. */
  static IdempotencyKey key(String text) {
    if (text.isBlank() || text.length() > LONGEST_KEY) {
      throw new InputException(
          "Idempotency-Key has " + text.length() + " characters; allowed are 1 to " + LONGEST_KEY);
    }
    return new IdempotencyKey(text);
  }

  /**
   * @param header that has it
   */
  static String percentDecoded(String header, String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new InputException(
          header + " is " + quoted(text) + ", which is not percent-encoded", e);
    }
  }

  /** What the author of a configuration calls its file. */
  static String file(String text) {
    if (text.isBlank() || text.length() > LONGEST_FILE || text.chars().anyMatch(c -> c < ' ')) {
      throw new InputException(
          "the file's name is "
              + quoted(text)
              + "; it must be one line of 1 to "
              + LONGEST_FILE
              + " characters");
    }
    return text;
  }

  /** The name of a sweep, instead of the one in its configuration. */
  static String name(String text) {
    if (!SweepConfig.isName(text)) {
      throw new InputException(
          "the name is " + quoted(text) + "; allowed are letters, digits, '.', '_' and '-'");
    }
    return text;
  }

  private static String quoted(String text) {
    return "'" + OneLine.of(text, SHOWN) + "'";
  }
}
