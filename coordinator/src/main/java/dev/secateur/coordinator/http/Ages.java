package dev.secateur.coordinator.http;

import dev.secateur.coordinator.config.OneLine;
import dev.secateur.protocol.InputException;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How long ago something was, as people write it: {@code 30d}, {@code 12h}, {@code 90m}. */
public final class Ages {
  private static final Pattern AGE = Pattern.compile("(\\d{1,6})([dhms])");
  private static final int SHOWN = 100;

  private Ages() {}

  /**
   * @throws InputException when it can't be understood
   */
  public static Duration parse(String text) {
    Matcher age = AGE.matcher(text);
    if (!age.matches()) {
      throw new InputException(
          "the age is '"
              + OneLine.of(text, SHOWN)
              + "'; it must be a time such as 30d, 12h, 90m or 10s");
    }
    long number = Long.parseLong(age.group(1));
    return switch (age.group(2)) {
      case "d" -> Duration.ofDays(number);
      case "h" -> Duration.ofHours(number);
      case "m" -> Duration.ofMinutes(number);
      default -> Duration.ofSeconds(number);
    };
  }
}
