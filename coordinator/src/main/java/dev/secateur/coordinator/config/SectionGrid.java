package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Expands a section with lists instead of single values into several sections. */
final class SectionGrid {
  private SectionGrid() {}

  /** A section that may be {@code off} instead. */
  sealed interface Choice {
    record Off() implements Choice {}

    record Given(Section section) implements Choice {}
  }

  /**
   * The sections that come of lists where one value stands: one to each combination of them, the
   * last axis the fastest. Without any, the section alone.
   */
  static List<Section> expanded(Section section, List<String> axes) {
    Map<String, Object> lists = new LinkedHashMap<>();
    List<ConfigObject> all = List.of(section.plain());
    for (String axis : axes) {
      if (section.plain().get(axis) instanceof ConfigList list && Axes.isAxis(axis, list)) {
        lists.put(axis, list.unwrapped());
        List<ConfigValue> values = distinct(section, axis, list);
        all =
            all.stream()
                .flatMap(one -> values.stream().map(value -> Axes.with(one, axis, value)))
                .toList();
      }
    }
    return all.stream().map(one -> section.withOneOf(lists, one)).toList();
  }

  private static List<ConfigValue> distinct(Section section, String axis, ConfigList list) {
    if (list.isEmpty()) {
      section.problem(axis, "is an empty list, which makes the grid empty");
      return List.of(ConfigValueFactory.fromAnyRef(Axes.NOTHING));
    }
    Set<Object> seen = new HashSet<>();
    List<ConfigValue> values = new ArrayList<>();
    for (ConfigValue value : list) {
      if (seen.add(value.unwrapped())) {
        values.add(value);
      } else {
        section.problem(axis, value, "repeats " + Numbers.render(value));
      }
    }
    return values;
  }

  /** An object, {@code off}, or a list of such; a missing key is {@code off}. */
  static List<Choice> choices(Section section, Key<ConfigObject> key) {
    Optional<ConfigValue> value = section.raw(key);
    if (value.isEmpty()) {
      return List.of(new Choice.Off());
    }
    if (!(value.get() instanceof ConfigList list)) {
      return List.of(choice(section, key, key.name(), value.get()));
    }
    List<ConfigValue> values = distinct(section, key.name(), list);
    List<Choice> all = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      all.add(choice(section, key, key.name() + "[" + i + "]", values.get(i)));
    }
    return all;
  }

  private static Choice choice(
      Section section, Key<ConfigObject> key, String place, ConfigValue value) {
    if (Axes.OFF.equals(value.unwrapped())) {
      section.note(place, Axes.OFF);
      return new Choice.Off();
    }
    try {
      return new Choice.Given(section.within(place, key.kind().reading().apply(value)));
    } catch (InputException e) {
      section.problem(place, value, e.getMessage() + " or off");
      return new Choice.Off();
    }
  }
}
