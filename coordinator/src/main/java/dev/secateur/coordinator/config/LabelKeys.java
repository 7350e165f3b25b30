package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.secateur.protocol.InputException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The keys by which the author of a sweep finds it again. They change no result. */
final class LabelKeys {
  /** The most labels of a sweep. */
  private static final int MOST = 32;

  /** The most characters of a label's value. */
  private static final int LONGEST_VALUE = 200;

  /** The most characters of notes. */
  private static final int LONGEST_NOTES = 4_000;

  private static final int SHOWN = 60;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");

  static final Key<ConfigValue> LABELS =
      Key.of(
          "labels",
          new Kind<>(ConfigValue.class, "label", "", value -> value),
          "labels to find the sweep by, with `list --label team=nlp`: names, `[baseline]`, or"
              + " names with values, `{ team = nlp, stage = final }`; at most 32");
  static final Key<String> NOTES =
      Key.of(
          "notes",
          new Kind<>(String.class, "text", "", LabelKeys::notes),
          "notes about the sweep, at most 4000 characters; enclose several lines in `\"\"\"`");

  private LabelKeys() {}

  /** The labels by their names; the value of a name alone is empty. */
  static SortedMap<String, String> labels(Section root) {
    SortedMap<String, String> labels = new TreeMap<>();
    Optional<ConfigValue> value = root.raw(LABELS);
    if (value.isEmpty()) {
      return labels;
    } else if (value.get() instanceof ConfigObject object) {
      object.forEach((name, one) -> add(root, "labels." + shown(name), name, one, labels));
    } else if (value.get() instanceof ConfigList list) {
      for (int i = 0; i < list.size(); i++) {
        listed(root, "labels[" + i + "]", list.get(i), labels);
      }
    } else {
      root.problem(
          LABELS.name(),
          "is " + rendered(value.get()) + ", neither a list in brackets nor an object in braces");
    }
    if (labels.size() > MOST) {
      root.problem(LABELS.name(), "has " + labels.size() + " labels; allowed are " + MOST);
    }
    return labels;
  }

  /** A name, or a name and a value with {@code =} between them. */
  private static void listed(
      Section root, String place, ConfigValue one, SortedMap<String, String> labels) {
    if (one.valueType() != ConfigValueType.STRING) {
      root.problem(place, one, "is " + rendered(one) + ", not a string");
      return;
    }
    String text = (String) one.unwrapped();
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (labels.containsKey(name)) {
      root.problem(place, one, "repeats the label '" + name + "'");
    }
    String value = equals < 0 ? "" : text.substring(equals + 1);
    add(root, place, name, ConfigValueFactory.fromAnyRef(value).withOrigin(one.origin()), labels);
  }

  private static void add(
      Section root, String place, String name, ConfigValue one, SortedMap<String, String> labels) {
    Optional<String> fault =
        switch (one.valueType()) {
          case STRING, NUMBER, BOOLEAN -> fault(name, written(one));
          default -> Optional.of("is " + rendered(one) + ", not a string");
        };
    fault.ifPresentOrElse(
        problem -> root.problem(place, one, problem), () -> labels.put(name, written(one)));
  }

  /** A value as its author wrote it, numbers too. */
  private static String written(ConfigValue value) {
    return value.atKey("value").getString("value");
  }

  private static Optional<String> fault(String name, String value) {
    if (!isName(name)) {
      return Optional.of(
          "has the name '"
              + shown(name)
              + "'; allowed are 1 to 63 letters, digits, '.', '_', '/' and '-', a letter or digit"
              + " first");
    }
    return tooLong(value, LONGEST_VALUE)
        .or(() -> value.indexOf('\n') >= 0 ? Optional.of("has several lines") : Optional.empty())
        .or(() -> PlainText.invisible(value));
  }

  static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  private static Optional<String> tooLong(String text, int most) {
    return text.length() > most
        ? Optional.of("has " + text.length() + " characters; allowed are " + most)
        : Optional.empty();
  }

  private static String notes(ConfigValue value) {
    if (value.valueType() != ConfigValueType.STRING) {
      throw new InputException("is " + rendered(value) + ", not a string");
    }
    String text = ((String) value.unwrapped()).strip();
    tooLong(text, LONGEST_NOTES)
        .or(() -> PlainText.invisible(text))
        .ifPresent(
            fault -> {
              throw new InputException(fault);
            });
    return text;
  }

  private static String rendered(ConfigValue value) {
    return shown(Numbers.render(value));
  }

  private static String shown(String text) {
    return OneLine.of(text, SHOWN);
  }
}
