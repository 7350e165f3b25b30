package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * One object of a configuration: typed reads that record mistakes and continue with the default,
 * and, at the end, an error for every key that was not read.
 */
final class Section implements Values {
  private final ConfigObject object;
  private final String path;
  private final Problems problems;
  private final AskedKeys asked;
  private final Map<String, Object> written;
  private final Map<String, Key<?>> known = new LinkedHashMap<>();

  /**
   * @param written what settings say of keys of which this has one value of several
   */
  private Section(
      ConfigObject object,
      String path,
      Problems problems,
      AskedKeys asked,
      Map<String, Object> written) {
    this.object = object;
    this.path = path;
    this.problems = problems;
    this.asked = asked;
    this.written = written;
  }

  /**
   * The whole of a configuration.
   *
   * @throws InputException when the text is not HOCON, too large, or cut by a comment
   */
  static Section parse(String text, String file, Problems problems) {
    return new Section(Hocon.parse(text, file, problems), "", problems, new AskedKeys(), Map.of());
  }

  /** Another configuration instead of this one; its keys are not reported. */
  Section insteadOf(ConfigObject other) {
    return new Section(other, path, problems, new AskedKeys(), Map.of());
  }

  /** What it is made of. */
  ConfigObject plain() {
    return object;
  }

  /**
   * The same with one of several values.
   *
   * @param lists what settings say of their keys
   */
  Section withOneOf(Map<String, Object> lists, ConfigObject one) {
    return new Section(one, path, problems, asked, lists);
  }

  /** Notes what settings say of a place within. */
  void note(String place, Object value) {
    asked.set(path + place, value);
  }

  /** An object within, as it stands; empty where it is not there. */
  Map<String, Object> object(Key<ConfigObject> key) {
    return find(key)
        .map(
            inner -> {
              finite(path + key.name(), inner);
              return inner.unwrapped();
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
  Optional<Section> section(Key<ConfigObject> key) {
    return find(key).map(inner -> within(key.name(), inner));
  }

  /** An object within, empty where it is not there. */
  Section sectionOrEmpty(Key<ConfigObject> key) {
    return section(key).orElseGet(() -> within(key.name(), ConfigFactory.empty().root()));
  }

  /** A list of objects; empty where it is not there. */
  List<Section> sections(Key<ConfigObject> key) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!(value.get() instanceof ConfigList list)) {
      problem(key.name(), Kind.not("a list of objects", value.get()).getMessage());
      return List.of();
    }
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      try {
        ConfigObject inner = key.kind().reading().apply(list.get(i));
        sections.add(within(key.name() + "[" + i + "]", inner));
      } catch (InputException e) {
        problem(key.name(), e.getMessage());
      }
    }
    return sections;
  }

  /** An object within. */
  Section within(String place, ConfigObject inner) {
    return new Section(inner, path + place + ".", problems, asked, Map.of());
  }

  @Override
  public <T> Optional<T> find(Key<T> key) {
    return value(key)
        .flatMap(
            value -> {
              try {
                return Optional.of(key.kind().reading().apply(value));
              } catch (InputException e) {
                problem(key.name(), e.getMessage());
                return Optional.empty();
              }
            });
  }

  @Override
  public <T> List<T> list(Key<T> key, UnaryOperator<T> check) {
    Optional<ConfigValue> value = value(key);
    if (value.isEmpty()) {
      return key.otherwise().stream().toList();
    }
    if (!(value.get() instanceof ConfigList list)) {
      problem(key.name(), Kind.not("a list in brackets", value.get()).getMessage());
      return key.otherwise().stream().toList();
    }
    if (list.isEmpty()) {
      problem(key.name(), "is an empty list, which makes the grid empty");
    }
    List<T> elements = new ArrayList<>();
    Set<T> seen = new HashSet<>();
    for (int i = 0; i < list.size() && !problems.isFull(); i++) {
      String place = path + key.name() + "[" + i + "]";
      ConfigOrigin origin = list.get(i).origin();
      try {
        T parsed = check.apply(key.kind().reading().apply(list.get(i)));
        if (!seen.add(parsed)) {
          problems.add(origin, "'" + place + "' repeats " + Numbers.render(list.get(i)));
        }
        elements.add(parsed);
      } catch (InputException e) {
        problems.add(origin, "'" + place + "' " + e.getMessage());
      }
    }
    return List.copyOf(elements);
  }

  /** What stands under a key, whatever it is. */
  Optional<ConfigValue> raw(Key<?> key) {
    return value(key);
  }

  /**
   * A list of objects; what is none in it stands for an object with that under one key.
   *
   * @param only that key
   */
  List<Section> named(Key<ConfigObject> key, String only) {
    if (object.get(key.name()) instanceof ConfigList list) {
      ConfigList all = Axes.objects(list, only);
      note(key.name(), list.unwrapped());
      return new Section(object.withValue(key.name(), all), path, problems, asked, written)
          .sections(known(key));
    }
    return sections(key);
  }

  private <T> Key<T> known(Key<T> key) {
    known.put(key.name(), key);
    return key;
  }

  /** A key and the place of its value, for errors about another. */
  String where(String key) {
    return place(key, object.get(key));
  }

  /** Whether a key is there. */
  boolean has(String key) {
    return object.containsKey(key);
  }

  /** Notes a problem with a value. */
  void problem(String place, ConfigValue value, String problem) {
    problems.add(value.origin(), "'" + path + place + "' " + problem);
  }

  /** Where a value is written, as problems say it. */
  String place(String name, ConfigValue value) {
    return problems.place(value.origin()) + "'" + path + name + "'";
  }

  /** Whether a key is there and holds a list. */
  boolean isList(String key) {
    return object.get(key) instanceof ConfigList;
  }

  /** Notes that a key is missing, if it is. */
  void require(String key, String wanted) {
    if (!object.containsKey(key)) {
      problem(key, "is missing; it is " + wanted);
    }
  }

  /** How many elements the list of a key, or of a path, has; one where it is no list. */
  int length(String key) {
    int dot = key.indexOf('.');
    if (dot > 0 && object.get(key.substring(0, dot)) instanceof ConfigObject inner) {
      String last = key.substring(dot + 1);
      return inner.get(last) instanceof ConfigList list && Axes.isAxis(last, list)
          ? list.size()
          : 1;
    }
    return object.get(key) instanceof ConfigList list ? list.size() : 1;
  }

  /** Notes a problem with a key. */
  void problem(String key, String problem) {
    ConfigValue value = object.get(key);
    problems.add(
        value == null ? object.origin() : value.origin(), "'" + path + key + "' " + problem);
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
      if (!known.containsKey(key) && problems.isFull()) {
        problems.add(0, key);
      } else if (!known.containsKey(key)) {
        problems.add(object.get(key).origin(), "unknown key '" + path + key + "'; " + meant(key));
      }
    }
  }

  private String meant(String unknown) {
    return known.values().stream()
        .filter(key -> key.formerly().contains(unknown))
        .map(key -> "it is called '" + path + key.name() + "' now")
        .findFirst()
        .orElseGet(
            () ->
                "allowed are "
                    + known.keySet().stream().sorted().collect(Collectors.joining(", "))
                    + Suggestion.of(unknown, known.keySet()));
  }

  /** The keys that were asked for, here and within, by their paths. */
  Map<String, Key<?>> asked() {
    return asked.keys();
  }

  /**
   * The values of the keys that were asked for, here and within, by their paths: as the
   * configuration has them, or their defaults. Objects stand there by their own keys.
   */
  Map<String, Object> settings() {
    return asked.settings();
  }

  private Optional<ConfigValue> value(Key<?> key) {
    Optional<ConfigValue> value = Optional.ofNullable(object.get(key.name()));
    asked.note(path, known(key), value, written);
    return value;
  }
}
