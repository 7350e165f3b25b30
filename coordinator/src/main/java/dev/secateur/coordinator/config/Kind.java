package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Suggestion;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What values a key takes.
 *
 * @param type of an option's value
 * @param unit what {@code --help} calls a value if its key does not say
 * @param allowed in words, empty if it is obvious
 * @param reading throws an {@link InputException} that says what was found and what is allowed
 */
public record Kind<T>(
    Class<T> type, String unit, String allowed, Function<ConfigValue, T> reading) {

  /** Whole numbers, bounds included. */
  static Kind<Integer> whole(int least, int most) {
    return new Kind<>(
        Integer.class,
        "n",
        range(String.valueOf(least), most == Integer.MAX_VALUE ? "" : String.valueOf(most)),
        value -> (int) Numbers.whole(value, least, most));
  }

  /** Numbers, bounds included. */
  static Kind<Double> number(String least, String most) {
    return new Kind<>(
        Double.class,
        "x",
        range(least, most.equals("1e300") ? "" : most),
        value -> Numbers.between(value, least, most));
  }

  private static String range(String least, String most) {
    return most.isEmpty() ? "at least " + least : least + " to " + most;
  }

  static Kind<Long> seed() {
    return new Kind<>(
        Long.class, "n", "", value -> Numbers.whole(value, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  /** Sizes such as {@code "12 GiB"}, in bytes. */
  static Kind<Long> bytes() {
    return new Kind<>(Long.class, "size", "", Numbers::bytes);
  }

  /** Times with their unit, such as {@code "90 minutes"}. */
  static Kind<Duration> duration() {
    return new Kind<>(Duration.class, "time", "", Numbers::duration);
  }

  /** Numbers below 1 as exact decimals, and not below 0, which stands for nothing. */
  static Kind<BigDecimal> share() {
    return new Kind<>(
        BigDecimal.class,
        "r",
        "0 to below 1",
        value -> {
          BigDecimal ratio = Numbers.exact(value);
          if (ratio.signum() != 0 && !Point.isRatio(ratio)) {
            throw new InputException("is " + ratio + "; a ratio lies between 0 and 1, 1 excluded");
          }
          return ratio.signum() == 0 ? BigDecimal.ZERO : ratio.stripTrailingZeros();
        });
  }

  static Kind<Boolean> flag() {
    return new Kind<>(
        Boolean.class,
        "",
        "",
        value -> {
          if (value.valueType() != ConfigValueType.BOOLEAN) {
            throw not("true or false", value);
          }
          return (Boolean) value.unwrapped();
        });
  }

  static Kind<String> text() {
    return new Kind<>(String.class, "text", "", Kind::plain);
  }

  /**
   * Names.
   *
   * @param characters what they are made of, in words
   */
  static Kind<String> name(Predicate<String> accepted, String characters) {
    return new Kind<>(
        String.class,
        "name",
        characters,
        value -> {
          String name = plain(value);
          if (!accepted.test(name)) {
            throw new InputException("is '" + name + "'; allowed are " + characters);
          }
          return name;
        });
  }

  /** Texts that {@code parse} makes something of; it may throw an {@link InputException}. */
  static <T> Kind<T> parsed(Class<T> type, Function<String, T> parse) {
    return new Kind<>(type, "text", "", value -> parse.apply(String.valueOf(value.unwrapped())));
  }

  /** The labels of an enum. */
  static <E extends Enum<E> & Labelled> Kind<E> label(Class<E> type) {
    List<String> labels = Arrays.stream(type.getEnumConstants()).map(Labelled::label).toList();
    return new Kind<>(
        type,
        "name",
        labels.stream().collect(Collectors.joining("`, `", "`", "`")),
        value -> {
          String text = String.valueOf(value.unwrapped());
          int index = labels.indexOf(text);
          if (index < 0) {
            throw none(text, labels);
          }
          return type.getEnumConstants()[index];
        });
  }

  /**
   * Criteria by their labels; whether there is such a plug-in or such a file is the reader's
   * business.
   */
  static Kind<Criterion> criterion() {
    return new Kind<>(
        Criterion.class,
        "name",
        "",
        value -> {
          String text = String.valueOf(value.unwrapped());
          return Criterion.parse(text)
              .filter(criterion -> !criterion.isRecipe())
              .orElseThrow(
                  () ->
                      none(text, Arrays.stream(Criterion.values()).map(Criterion::label).toList()));
        });
  }

  /** What is said of a name that is none of those there are. */
  static InputException none(String text, List<String> allowed) {
    return new InputException(
        "is '"
            + text
            + "'; allowed are "
            + String.join(", ", allowed)
            + Suggestion.of(text, allowed));
  }

  /** Objects in braces, that have keys of their own. */
  static Kind<ConfigObject> object() {
    return new Kind<>(
        ConfigObject.class,
        "",
        "",
        value -> {
          if (value instanceof ConfigObject object) {
            return object;
          }
          throw not("an object in braces", value);
        });
  }

  private static String plain(ConfigValue value) {
    if (value.valueType() != ConfigValueType.STRING) {
      throw not("a string", value);
    }
    String text = (String) value.unwrapped();
    PlainText.fault(text)
        .ifPresent(
            fault -> {
              throw new InputException(fault);
            });
    return text;
  }

  static InputException not(String wanted, ConfigValue value) {
    return new InputException("is " + Numbers.render(value) + ", not " + wanted);
  }
}
