package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Suggestion;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One object of a configuration: typed reads that note what is wrong and go on with the default,
 * and, at the end, a complaint about every key that nobody asked for.
 */
final class Section {
  private final ConfigObject object;
  private final String path;
  private final Problems problems;
  private final Set<String> known = new LinkedHashSet<>();

  Section(ConfigObject object, String path, Problems problems) {
    this.object = object;
    this.path = path;
    this.problems = problems;
  }

  /**
   * The whole of a configuration.
   *
   * @throws InputException when the text is not HOCON, too large, or cut by a comment
   */
  static Section parse(String text, String file, Problems problems) {
    return new Section(Hocon.parse(text, file, problems), "", problems);
  }

  /** An object within, as it stands; empty where it is not there. */
  Map<String, Object> object(String key) {
    return value(key)
        .map(
            value -> {
              if (value instanceof ConfigObject inner) {
                finite(path(key), inner);
                return inner.unwrapped();
              }
              wrongType(key, value, "an object in braces");
              return Map.<String, Object>of();
            })
        .orElse(Map.of());
  }

  /** Notes numbers that no double holds, wherever they stand within. */
  private void finite(String place, ConfigValue value) {
    if (value instanceof ConfigObject inner) {
      inner.forEach((key, element) -> finite(place + "." + key, element));
    } else if (value instanceof ConfigList list) {
      list.forEach(element -> finite(place, element));
    } else if (value.valueType() == ConfigValueType.NUMBER) {
      try {
        Numbers.exact(value);
      } catch (InputException e) {
        problems.add(value.origin(), "'" + place + "' " + e.getMessage());
      }
    }
  }

  /** An object within, if it is there. */
  Optional<Section> section(String key) {
    return value(key)
        .flatMap(
            value -> {
              if (value instanceof ConfigObject inner) {
                return Optional.of(new Section(inner, path(key) + ".", problems));
              }
              wrongType(key, value, "an object in braces");
              return Optional.empty();
            });
  }

  /** An object within, empty where it is not there. */
  Section sectionOrEmpty(String key) {
    return section(key)
        .orElseGet(() -> new Section(ConfigFactory.empty().root(), path(key) + ".", problems));
  }

  /** A list of objects; empty where it is not there. */
  List<Section> sections(String key) {
    if (value(key).isEmpty()) {
      return List.of();
    }
    if (!(object.get(key) instanceof ConfigList list)) {
      wrongType(key, object.get(key), "a list of objects");
      return List.of();
    }
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) instanceof ConfigObject inner) {
        sections.add(new Section(inner, path(key) + "[" + i + "].", problems));
      } else {
        wrongType(key, list.get(i), "an object in braces");
      }
    }
    return sections;
  }

  String text(String key, String otherwise) {
    return value(key)
        .map(
            value -> {
              if (value.valueType() != ConfigValueType.STRING) {
                wrongType(key, value, "a text");
                return otherwise;
              }
              String text = (String) value.unwrapped();
              Optional<String> fault = PlainText.fault(text);
              fault.ifPresent(what -> problem(key, what));
              return fault.isPresent() ? otherwise : text;
            })
        .orElse(otherwise);
  }

  boolean flag(String key, boolean otherwise) {
    return value(key)
        .map(
            value -> {
              if (value.valueType() != ConfigValueType.BOOLEAN) {
                wrongType(key, value, "true or false");
                return otherwise;
              }
              return (Boolean) value.unwrapped();
            })
        .orElse(otherwise);
  }

  int integer(String key, int otherwise, int least, int most) {
    return optionalInteger(key, least, most).orElse(otherwise);
  }

  Optional<Integer> optionalInteger(String key, int least, int most) {
    return one(key, value -> (int) Numbers.whole(value, least, most));
  }

  long seed(String key, long otherwise) {
    return one(key, value -> Numbers.whole(value, Long.MIN_VALUE, Long.MAX_VALUE))
        .orElse(otherwise);
  }

  double number(String key, double otherwise, String least, String most) {
    return optionalNumber(key, least, most).orElse(otherwise);
  }

  Optional<Double> optionalNumber(String key, String least, String most) {
    return one(key, value -> Numbers.between(value, least, most));
  }

  /** A number of bytes, such as {@code "12 GiB"}. */
  Optional<Long> bytes(String key) {
    return one(key, Numbers::bytes);
  }

  private <T> Optional<T> one(String key, Function<ConfigValue, T> read) {
    return value(key)
        .flatMap(
            value -> {
              try {
                return Optional.of(read.apply(value));
              } catch (InputException e) {
                problem(key, e.getMessage());
                return Optional.empty();
              }
            });
  }

  /** A list of texts that {@code check} accepts; it may throw an {@link InputException}. */
  List<String> texts(String key, List<String> otherwise, Function<String, ?> check) {
    return list(
        key,
        otherwise,
        value -> {
          if (value.valueType() != ConfigValueType.STRING) {
            throw new InputException("is " + render(value) + ", not a text");
          }
          String text = (String) value.unwrapped();
          PlainText.fault(text)
              .ifPresent(
                  fault -> {
                    throw new InputException(fault);
                  });
          check.apply(text);
          return text;
        });
  }

  /** A list of an enum's labels. */
  <E extends Enum<E> & Labelled> List<E> labels(String key, Class<E> type, List<E> otherwise) {
    return list(key, otherwise, value -> label(type, String.valueOf(value.unwrapped())));
  }

  /** An enum's label. */
  <E extends Enum<E> & Labelled> E label(String key, Class<E> type, E otherwise) {
    return value(key)
        .map(
            value -> {
              try {
                return label(type, String.valueOf(value.unwrapped()));
              } catch (InputException e) {
                problem(key, e.getMessage());
                return otherwise;
              }
            })
        .orElse(otherwise);
  }

  /** A list of whole numbers. */
  List<Integer> integers(String key, List<Integer> otherwise, int least, int most) {
    return list(key, otherwise, value -> (int) Numbers.whole(value, least, most));
  }

  /** A list of texts that {@code parse} makes something of; it may throw an InputException. */
  <T> List<T> parsed(String key, List<T> otherwise, Function<String, T> parse) {
    return list(key, otherwise, value -> parse.apply(String.valueOf(value.unwrapped())));
  }

  /** Whether a key is there and holds a list. */
  boolean isList(String key) {
    return object.get(key) instanceof ConfigList;
  }

  /** A list of ratios in (0, 1). */
  List<BigDecimal> ratios(String key, List<BigDecimal> otherwise) {
    return list(
        key,
        otherwise,
        value -> {
          BigDecimal ratio = Numbers.exact(value);
          if (ratio.signum() <= 0 || ratio.compareTo(BigDecimal.ONE) >= 0) {
            throw new InputException(
                "is " + ratio + "; a ratio lies between 0 and 1, both excluded");
          }
          return ratio.stripTrailingZeros();
        });
  }

  private <T> List<T> list(String key, List<T> otherwise, Function<ConfigValue, T> element) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!(value.get() instanceof ConfigList list)) {
      wrongType(key, value.get(), "a list in brackets");
      return otherwise;
    }
    if (list.isEmpty()) {
      problem(key, "is an empty list, and the grid with it");
    }
    List<T> elements = new ArrayList<>();
    Set<T> seen = new HashSet<>();
    for (int i = 0; i < list.size() && !problems.isFull(); i++) {
      String place = path(key) + "[" + i + "]";
      ConfigOrigin origin = list.get(i).origin();
      try {
        T parsed = element.apply(list.get(i));
        if (!seen.add(parsed)) {
          problems.add(origin, "'" + place + "' repeats " + render(list.get(i)));
        }
        elements.add(parsed);
      } catch (InputException e) {
        problems.add(origin, "'" + place + "' " + e.getMessage());
      }
    }
    return List.copyOf(elements);
  }

  /** One of an enum's labels. */
  static <E extends Enum<E> & Labelled> E label(Class<E> type, String text) {
    List<String> labels = Arrays.stream(type.getEnumConstants()).map(Labelled::label).toList();
    int index = labels.indexOf(text);
    if (index < 0) {
      throw new InputException(
          "is '"
              + text
              + "'; allowed are "
              + String.join(", ", labels)
              + Suggestion.of(text, labels));
    }
    return type.getEnumConstants()[index];
  }

  /** Notes that a key is missing, if it is. */
  void require(String key, String wanted) {
    if (!object.containsKey(key)) {
      problem(key, "is missing; it is " + wanted);
    }
  }

  /** How many elements the list of a key has; one where it is no list. */
  int length(String key) {
    return object.get(key) instanceof ConfigList list ? list.size() : 1;
  }

  /** Notes a problem with a key. */
  void problem(String key, String problem) {
    ConfigValue value = object.get(key);
    problems.add(
        value == null ? object.origin() : value.origin(), "'" + path(key) + "' " + problem);
  }

  /**
   * Notes a problem after which nothing is read.
   *
   * @throws InputException always
   */
  void refuse(String key, String problem) {
    problem(key, problem);
    problems.throwIfAny();
  }

  /** Complains about keys that were never asked for. */
  void finish() {
    for (String key : object.keySet()) {
      if (!known.contains(key) && problems.isFull()) {
        problems.add(0, key);
      } else if (!known.contains(key)) {
        problems.add(
            object.get(key).origin(),
            "unknown key '"
                + path(key)
                + "'; allowed are "
                + known.stream().sorted().collect(Collectors.joining(", "))
                + Suggestion.of(key, known));
      }
    }
  }

  private Optional<ConfigValue> value(String key) {
    known.add(key);
    return Optional.ofNullable(object.get(key));
  }

  private void wrongType(String key, ConfigValue value, String wanted) {
    problem(key, "is " + render(value) + ", not " + wanted);
  }

  private static String render(ConfigValue value) {
    return Numbers.render(value);
  }

  private String path(String key) {
    return path + key;
  }
}
