package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The cases beside a grid, each as a whole configuration: its own values, with the sweep's for all
 * others. A rival is a case of ratio 0 without a recovery.
 */
final class Cases {
  static final Key<ConfigObject> TRIALS =
      Key.object(
              "trials",
              "cases in addition to the grid, each with what differs from it: `[{ strategy ="
                  + " channel, ratio = 0.2 }, { strategy = block, ratio = 0.25, layers = \"4..30\""
                  + " }]`")
          .list();
  static final Key<String> RIVALS =
      Key.text("rivals", "models to compare with, which are only evaluated").list();

  /** One value, and the axis that it is one of. */
  private static final Map<String, String> SINGLE =
      Map.of(
          "model", "models",
          "strategy", "strategies",
          "ratio", "ratios",
          "criterion", "criteria",
          "aggregation", "aggregations",
          "scope", "scopes",
          "target", "targets",
          "seed", "seeds");

  private static final Set<String> LISTS =
      Set.of(
          "models",
          "strategies",
          "ratios",
          "criteria",
          "aggregations",
          "scopes",
          "targets",
          "steps",
          "climbing",
          "compensation",
          "seeds");
  private static final Set<String> OTHERS =
      Set.of(
          "name", "layers", "attention-layers", "mlp-layers", "uniform", "calibration", "recovery");

  /** What a case does not inherit. */
  private static final List<String> OF_THE_SWEEP =
      List.of("name", "trials", "rivals", "match", "recipes", "labels", "notes", "tracking");

  private Cases() {}

  /**
   * A case.
   *
   * @param place where it is written, as errors say it
   * @param section the whole configuration
   * @param own what it says itself
   */
  record Case(String place, Section section, ConfigObject own) {}

  static List<Case> of(Section root) {
    List<Case> cases = new ArrayList<>();
    if (root.raw(TRIALS).isPresent() && !root.isList(TRIALS.name())) {
      root.problem(TRIALS.name(), "is not a list in brackets");
    } else if (root.isList(TRIALS.name())) {
      ConfigList list = (ConfigList) root.plain().get(TRIALS.name());
      for (int i = 0; i < list.size(); i++) {
        String name = TRIALS.name() + "[" + i + "]";
        if (list.get(i) instanceof ConfigObject own) {
          ConfigObject grid = grid(root, name, own);
          cases.add(
              new Case(root.place(name, own), root.insteadOf(over(root.plain(), grid)), grid));
        } else {
          root.problem(name, list.get(i), "is " + Numbers.render(list.get(i)) + ", not an object");
        }
      }
    }
    root.list(RIVALS);
    if (root.isList(RIVALS.name())) {
      cases.add(rivals(root, root.plain().get(RIVALS.name())));
    }
    return cases;
  }

  /** With lists where axes have them. */
  private static ConfigObject grid(Section root, String name, ConfigObject own) {
    ConfigObject grid = own;
    for (String key : own.keySet()) {
      ConfigValue value = own.get(key);
      String axis = SINGLE.getOrDefault(key, key);
      if (!LISTS.contains(axis) && !OTHERS.contains(axis)) {
        Set<String> known = new TreeSet<>(SINGLE.keySet());
        known.addAll(LISTS);
        known.addAll(OTHERS);
        root.problem(
            name,
            value,
            "has the unknown key '"
                + key
                + "'; allowed are "
                + String.join(", ", known)
                + Suggestion.of(key, known));
        grid = grid.withoutKey(key);
      } else if (!axis.equals(key) && own.containsKey(axis)) {
        root.problem(name, value, "has both '" + key + "' and '" + axis + "'");
        grid = grid.withoutKey(key);
      } else if (LISTS.contains(axis)) {
        ConfigValue list =
            value instanceof ConfigList
                ? value
                : ConfigValueFactory.fromIterable(List.of(value)).withOrigin(value.origin());
        grid = grid.withoutKey(key).withValue(axis, list);
      }
    }
    return grid;
  }

  private static Case rivals(Section root, ConfigValue models) {
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("ratios", List.of(0));
    own.put("recovery", Axes.OFF);
    own.put("strategies", List.of("layer")); // whose default range every model has
    own.put("criteria", List.of("random"));
    ConfigObject grid =
        ConfigValueFactory.fromMap(own).withOrigin(models.origin()).withValue("models", models);
    ConfigObject base = root.plain();
    for (String key : List.of("layers", "attention-layers", "mlp-layers", "seeds")) {
      base = base.withoutKey(key);
    }
    return new Case(root.place(RIVALS.name(), models), root.insteadOf(over(base, grid)), grid);
  }

  private static ConfigObject over(ConfigObject base, ConfigObject own) {
    ConfigObject rest = base;
    for (String key : OF_THE_SWEEP) {
      rest = rest.withoutKey(key);
    }
    if (own.containsKey("seeds")) {
      rest = rest.withoutKey("seed");
    }
    return own.withFallback(rest).toConfig().root();
  }
}
