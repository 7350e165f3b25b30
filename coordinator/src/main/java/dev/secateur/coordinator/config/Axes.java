package dev.secateur.coordinator.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.List;

/** The keys of a grid: a list instead of one value gives trials for each. */
final class Axes {
  /** What stands for no recovery. */
  static final String OFF = "off";

  static final List<String> ROOT =
      List.of(
          "models",
          "strategies",
          "ratios",
          "criteria",
          "aggregations",
          "scopes",
          "targets",
          "steps",
          "climbing",
          "layers",
          "attention-layers",
          "mlp-layers",
          "seeds",
          "compensation",
          "recovery");
  static final List<String> CALIBRATION = List.of("text", "sampling", "samples", "length");
  static final List<String> RECOVERY =
      List.of("data", "rows", "steps", "epochs", "learning-rate", "rank", "targets", "method");

  /** Of several values of this one is a list already; {@code all} is one without it. */
  private static final String TARGETS = "targets";

  private static final String ALL = "all";

  /** Stands for a value that a list lacks. */
  static final String NOTHING = "";

  private Axes() {}

  /** Whether a list is one of values, not a value itself. */
  static boolean isAxis(String key, ConfigList list) {
    return !key.equals(TARGETS)
        || list.stream().anyMatch(ConfigList.class::isInstance)
        || list.size() > 1 && list.stream().anyMatch(value -> ALL.equals(value.unwrapped()));
  }

  /** An object with one of the values of an axis. */
  static ConfigObject with(ConfigObject object, String key, ConfigValue value) {
    boolean absent = key.equals(TARGETS) && ALL.equals(value.unwrapped());
    return absent || NOTHING.equals(value.unwrapped())
        ? object.withoutKey(key)
        : object.withValue(key, value);
  }

  /** How many objects one object, or a list of them, expands to, by the lengths of its lists. */
  static long sum(ConfigValue value, List<String> axes) {
    return value instanceof ConfigList list
        ? list.stream().mapToLong(one -> product(one, axes)).sum()
        : product(value, axes);
  }

  private static long product(ConfigValue value, List<String> axes) {
    long product = 1;
    for (String axis : axes) {
      if (value instanceof ConfigObject inner
          && inner.get(axis) instanceof ConfigList list
          && Axes.isAxis(axis, list)) {
        product = Limits.product(product, list.size());
      }
    }
    return product;
  }

  /** A list of objects, where what is none stands for one with that under a key. */
  static ConfigList objects(ConfigList list, String key) {
    List<ConfigValue> objects = new ArrayList<>();
    for (ConfigValue value : list) {
      objects.add(
          value instanceof ConfigObject
              ? value
              : ConfigFactory.empty().root().withValue(key, value).withOrigin(value.origin()));
    }
    return ConfigValueFactory.fromIterable(objects).withOrigin(list.origin());
  }
}
