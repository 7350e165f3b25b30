package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What trials may differ in.
 *
 * @param name as options and labels have it
 * @param value a trial's; empty where it has none
 */
public record Axis(String name, Function<Entry, String> value) {
  static final Axis RUN = new Axis("run", entry -> entry.run().name());
  static final Axis MODEL = new Axis("model", entry -> entry.trial().model());
  static final Axis STRATEGY =
      new Axis("strategy", entry -> entry.trial().point().strategy().label());
  static final Axis RATIO =
      new Axis("ratio", entry -> entry.trial().point().ratio().toPlainString());
  static final Axis CRITERION =
      new Axis("criterion", entry -> entry.trial().point().criterion().label());
  static final Axis LAYERS = new Axis("layers", entry -> entry.trial().point().layers());

  /** How many percent of the parameters are gone. */
  static final Axis REMOVED = new Axis("removed", Axis::removed);

  private static final List<Axis> GRID =
      List.of(
          MODEL,
          STRATEGY,
          RATIO,
          CRITERION,
          new Axis("aggregation", entry -> entry.trial().point().aggregation().label()),
          new Axis("scope", entry -> entry.trial().point().scope().label()),
          new Axis("target", entry -> entry.trial().point().target().label()),
          new Axis("steps", entry -> Integer.toString(entry.trial().point().steps())),
          LAYERS,
          new Axis(
              "compute", entry -> entry.trial().compute().map(c -> c.label()).orElse("float32")));

  /** Settings that say in which grid a trial stands, not where, or change no number. */
  private static final String NOT_OF_A_TRIAL =
      "name|seed|models|strategies|ratios|criteria|aggregations|scopes|targets|steps|layers.*"
          + "|compute|export|attempts|memory.*|timeouts.*|recovery\\.(strategies|ratios|when).*"
          + "|evaluation\\.generate.*";

  private static String removed(Entry entry) {
    return Measures.PARAMETERS
        .share()
        .of(entry.run().tasks(), entry.trial(), Evaluated.PRUNED)
        .map(left -> String.format(Locale.ROOT, "%.0f", 100 * (1 - left.value())))
        .orElse("");
  }

  /** A key of the configuration. */
  static Axis setting(String path) {
    return new Axis(path, entry -> entry.run().setting(path).orElse(""));
  }

  /** By its name: of the grid, of runs, or a key of configurations. */
  static Optional<Axis> find(String name, List<Entry> entries) {
    List<Axis> all = new ArrayList<>(GRID);
    all.add(RUN);
    all.add(REMOVED);
    Optional<Axis> found = all.stream().filter(axis -> axis.name().equals(name)).findFirst();
    return found.isPresent() || entries.stream().noneMatch(e -> e.run().setting(name).isPresent())
        ? found
        : Optional.of(setting(name));
  }

  /**
   * Those of some names; all that trials differ in where there is no name.
   *
   * @throws InputException when there is none of a name
   */
  static List<Axis> chosen(List<String> series, List<Entry> entries) {
    return series.isEmpty()
        ? varying(entries)
        : series.stream()
            .map(name -> find(name, entries).orElseThrow(() -> new InputException(unknown(name))))
            .toList();
  }

  private static String unknown(String name) {
    return "'"
        + name
        + "' is nothing that trials differ in"
        + Suggestion.of(name, names())
        + "; there are "
        + String.join(", ", names())
        + " and keys of the configuration";
  }

  static List<String> names() {
    List<String> names = new ArrayList<>(GRID.stream().map(Axis::name).toList());
    names.addAll(List.of("run", "removed"));
    return names;
  }

  /** Whether trials differ in it. */
  boolean varies(List<Entry> entries) {
    return entries.stream().map(value).distinct().limit(2).count() > 1;
  }

  /**
   * All that trials differ in, but for seeds, which make repetitions. Runs whose settings are not
   * known differ by their names.
   */
  static List<Axis> varying(List<Entry> entries) {
    List<Axis> varying = new ArrayList<>();
    List<Run> runs = Run.of(entries);
    if (runs.size() > 1 && runs.stream().anyMatch(run -> run.settings().isEmpty())) {
      varying.add(RUN);
    }
    GRID.stream().filter(axis -> axis.varies(entries)).forEach(varying::add);
    if (follows(LAYERS, List.of(MODEL, STRATEGY), entries)) {
      varying.remove(LAYERS); // each strategy has its own where none are chosen
    }
    Set<String> paths = new LinkedHashSet<>();
    runs.forEach(run -> paths.addAll(run.settings().keySet()));
    paths.stream()
        .filter(path -> runs.size() > 1 && !path.matches(NOT_OF_A_TRIAL))
        .map(Axis::setting)
        .filter(axis -> axis.varies(entries))
        .forEach(varying::add);
    return varying;
  }

  private static boolean follows(Axis axis, List<Axis> others, List<Entry> entries) {
    Map<String, String> known = new HashMap<>();
    return entries.stream()
        .allMatch(
            entry -> {
              String value = axis.value().apply(entry);
              return value.equals(known.computeIfAbsent(label(others, entry), any -> value));
            });
  }

  /** A value as a number, where it is one. */
  static Optional<Double> number(String value) {
    return value.matches("-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?")
        ? Optional.of(Double.valueOf(value))
        : Optional.empty();
  }

  /** A trial's values of several, for people. */
  static String label(List<Axis> axes, Entry entry) {
    List<String> parts = new ArrayList<>();
    for (Axis axis : axes) {
      String value = axis.value().apply(entry);
      boolean speaks = value.chars().anyMatch(Character::isLetter) && !axis.name().contains(".");
      if (!value.isEmpty()) {
        parts.add(speaks ? value : axis.name() + " " + value);
      }
    }
    return String.join(", ", parts);
  }
}
