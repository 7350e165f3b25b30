package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.secateur.protocol.InputException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Pattern;

/** Numbers as a configuration writes them; a number that does not fit is refused, never rounded. */
final class Numbers {
  /** What HOCON makes no number of, since it is beyond 64 bits. */
  private static final Pattern LONG_WHOLE = Pattern.compile("[+-]?\\d{19,}");

  private static final Pattern BYTES = Pattern.compile("\\d{1,19}(\\.\\d{1,9})?\\s*[A-Za-z]{0,10}");
  private static final Pattern DURATION = Pattern.compile("\\d{1,9}(\\.\\d{1,3})?\\s*[a-z]{1,10}");
  private static final Pattern NOT_ZERO = Pattern.compile("[+-]?[0.]*[1-9].*");

  private Numbers() {}

  /**
   * The number that is written, as far as a double holds it.
   *
   * @throws InputException when it is none, or too large or too close to zero for a double
   */
  static BigDecimal exact(ConfigValue value) {
    if (value.valueType() == ConfigValueType.STRING
        && LONG_WHOLE.matcher((String) value.unwrapped()).matches()) {
      throw beyond((String) value.unwrapped());
    } else if (value.valueType() != ConfigValueType.NUMBER) {
      throw new InputException("is " + render(value) + ", not a number");
    }
    double number = ((Number) value.unwrapped()).doubleValue();
    String written = value.atKey("number").getString("number");
    if (!Double.isFinite(number) || number == 0 && NOT_ZERO.matcher(written).matches()) {
      throw beyond(written);
    }
    return new BigDecimal(value.unwrapped().toString());
  }

  private static InputException beyond(String written) {
    return new InputException("is " + written + ", which is beyond what a 64-bit number holds");
  }

  /**
   * @throws InputException when it is not whole or lies outside
   */
  static long whole(ConfigValue value, long least, long most) {
    BigDecimal number = exact(value);
    boolean whole = number.stripTrailingZeros().scale() <= 0;
    if (!whole || outside(number, BigDecimal.valueOf(least), BigDecimal.valueOf(most))) {
      throw new InputException(
          "is " + number + "; allowed are whole numbers from " + least + " to " + most);
    }
    return number.longValueExact();
  }

  /**
   * @throws InputException when it lies outside
   */
  static double between(ConfigValue value, String least, String most) {
    BigDecimal number = exact(value);
    if (outside(number, new BigDecimal(least), new BigDecimal(most))) {
      throw new InputException("is " + number + "; allowed is " + least + " to " + most);
    }
    return number.doubleValue();
  }

  /**
   * A number of bytes, such as {@code "12 GiB"}.
   *
   * @throws InputException when it is none above zero
   */
  static long bytes(ConfigValue value) {
    String written = String.valueOf(value.unwrapped());
    try {
      if (BYTES.matcher(written.strip()).matches()) {
        long bytes = value.atKey("bytes").getBytes("bytes");
        if (bytes > 0) {
          return bytes;
        }
      }
    } catch (ConfigException e) {
      // told below, as what is not above zero is
    }
    throw new InputException("is " + render(value) + ", not a size such as \"12 GiB\"");
  }

  /**
   * A time with its unit, such as {@code "90 minutes"}.
   *
   * @throws InputException when it is none of at least a second
   */
  static Duration duration(ConfigValue value) {
    String written = String.valueOf(value.unwrapped()).strip();
    try {
      if (DURATION.matcher(written).matches()) {
        Duration duration = value.atKey("time").getDuration("time");
        if (duration.toSeconds() > 0) {
          return duration;
        }
      }
    } catch (ConfigException e) {
      // told below, as what is too short is
    }
    throw new InputException(
        "is " + render(value) + ", not a time of a second or more such as \"2 h\"");
  }

  /** A value in one line. */
  static String render(ConfigValue value) {
    return value.valueType() == ConfigValueType.NUMBER
        ? value.atKey("number").getString("number")
        : value.render(ConfigRenderOptions.concise());
  }

  private static boolean outside(BigDecimal number, BigDecimal least, BigDecimal most) {
    return number.compareTo(least) < 0 || number.compareTo(most) > 0;
  }
}
