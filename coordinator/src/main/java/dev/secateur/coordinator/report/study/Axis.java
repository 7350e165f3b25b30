package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.GridPoint;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.TrialSettings;
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
 * A setting in which trials may differ.
 *
 * @param name as in options and labels
 * @param value of a trial; empty if it has none
 */
public record Axis(String name, Function<Entry, String> value) {
  static final Axis RUN = new Axis("run", entry -> entry.run().name());
  static final Axis MODEL = new Axis("model", entry -> entry.trial().model());
  static final Axis STRATEGY = new Axis("strategy", entry -> entry.trial().point().way());
  static final Axis RATIO =
      new Axis("ratio", entry -> entry.trial().point().ratio().toPlainString());
  static final Axis CRITERION = pruned("criterion", point -> point.criterion().label());
  static final Axis UNIFORM = pruned("uniform", point -> point.uniform() ? "uniform" : "");
  static final Axis LAYERS = pruned("layers", GridPoint::layers);

  /** How many percent of the parameters are gone. */
  static final Axis REMOVED = new Axis("removed", Axis::removed);

  private static final List<Axis> GRID =
      List.of(
          MODEL,
          STRATEGY,
          RATIO,
          CRITERION,
          pruned("aggregation", point -> point.aggregation().label()),
          pruned("scope", point -> point.scope().label()),
          pruned("target", point -> point.target().label()),
          pruned("steps", point -> Integer.toString(point.steps())),
          pruned("climbing", point -> Integer.toString(point.climbing())),
          UNIFORM,
          LAYERS,
          new Axis("compute", entry -> entry.trial().compute().label()));

  /** Settings that say in which grid a trial stands, not where, or change no number. */
  private static final String NOT_OF_A_TRIAL =
      "name|seeds?|trials.*|rivals|match|(attention|mlp)-layers.*|models|strategies|ratios|criteria|aggregations|scopes|targets|steps|climbing|uniform|layers.*|compensation"
          + "|compute|export|gguf-type|attempts|memory.*|timeouts.*|recovery\\.(strategies|ratios|when).*"
          + "|recovery\\[.*|evaluation\\.(generate|texts).*";

  private static String removed(Entry entry) {
    return Measures.PARAMETERS
        .share()
        .of(entry.run().tasks(), entry.trial(), Evaluated.PRUNED)
        .map(left -> String.format(Locale.ROOT, "%.0f", 100 * (1 - left.value())))
        .orElse("");
  }

  /** Of what is pruned; empty of the dense model, of which nothing is. */
  private static Axis pruned(String name, Function<GridPoint, String> value) {
    return new Axis(
        name,
        entry -> {
          GridPoint point = entry.trial().point();
          return point.removesNothing() ? "" : value.apply(point);
        });
  }

  /** A key of the configuration: what the trial has of it, or else all of its run. */
  static Axis setting(String path) {
    return new Axis(
        path,
        entry -> {
          TrialResult trial = entry.trial();
          boolean own = trial.settings().containsKey(path);
          boolean several = entry.run().settings().get(path) instanceof List;
          return own || several
              ? TrialSettings.text(trial, path)
              : entry.run().setting(path).orElse("");
        });
  }

  /** By its name: of the grid, of runs, or a key of configurations. */
  static Optional<Axis> find(String name, List<Entry> entries) {
    List<Axis> all = new ArrayList<>(GRID);
    all.add(RUN);
    all.add(REMOVED);
    Optional<Axis> found = all.stream().filter(axis -> axis.name().equals(name)).findFirst();
    boolean known =
        entries.stream()
            .anyMatch(
                entry ->
                    entry.run().setting(name).isPresent()
                        || entry.trial().settings().containsKey(name));
    return found.isPresent() || !known ? found : Optional.of(setting(name));
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
        + "' is not a setting in which trials differ"
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
    for (Axis axis : List.of(UNIFORM, LAYERS)) {
      if (follows(axis, List.of(MODEL, STRATEGY), entries)) {
        varying.remove(axis); // each strategy has its own where none are chosen
      }
    }
    List<TrialResult> trials = entries.stream().map(Entry::trial).toList();
    TrialSettings.AXES.stream()
        .filter(path -> TrialSettings.varies(path, trials))
        .map(Axis::setting)
        .forEach(varying::add);
    Set<String> paths = new LinkedHashSet<>();
    runs.forEach(run -> paths.addAll(run.settings().keySet()));
    paths.stream()
        .filter(path -> runs.size() > 1 && !path.matches(NOT_OF_A_TRIAL))
        .filter(path -> varying.stream().noneMatch(axis -> axis.name().equals(path)))
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

  /** Of several those that a model of a trial depends on: no recovery changes the pruned one. */
  static List<Axis> of(List<Axis> axes, Evaluated model) {
    return model == Evaluated.RECOVERED || model == Evaluated.SCRATCH
        ? axes
        : axes.stream().filter(axis -> !axis.name().startsWith("recovery")).toList();
  }

  /** A trial's values of several, for people. */
  static String label(List<Axis> axes, Entry entry) {
    List<String> parts = new ArrayList<>();
    for (Axis axis : axes) {
      String value = axis.value().apply(entry);
      boolean said = axis.equals(RATIO) && entry.trial().point().removesNothing();
      if (!value.isEmpty() && !said) {
        parts.add(axis.label(value));
      }
    }
    return String.join(", ", parts);
  }

  private String label(String value) {
    if (value.equals("none")) {
      return "no " + name;
    }
    boolean speaks = value.chars().anyMatch(Character::isLetter) && !name.contains(".");
    return speaks ? value : name + " " + value;
  }
}
