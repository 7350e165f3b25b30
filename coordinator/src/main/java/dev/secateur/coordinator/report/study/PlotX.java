package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measured;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Column.Better;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The horizontal axis of a plot.
 *
 * @param title with its unit
 * @param numbers whether x is a number, rather than a name
 * @param value where a model of a trial stands, in that unit, where x is a number
 * @param category its place where x is a name
 * @param place what tells points of a line apart; those of one place are repetitions
 * @param of the axes of the grid that x stands for
 * @param dense whether the dense model has a place on it
 * @param better whether lower values are better, as for a size, or higher, as for removed
 *     parameters
 */
record PlotX(
    String title,
    boolean numbers,
    BiFunction<Entry, Evaluated, Optional<Double>> value,
    Axis category,
    Axis place,
    Set<String> of,
    boolean dense,
    Better better) {
  private static final String SAMPLES = "calibration.samples";
  private static final Set<String> STEPS =
      Set.of("recovery.steps", "recovery.epochs", "recovery.warmup");

  /**
   * @param name an axis, a measure, {@code layer}, {@code samples} or {@code steps}
   * @throws InputException when it is none
   */
  static PlotX named(String name, List<Entry> entries) {
    if (name.equals("layer")) {
      return layer(entries);
    } else if (name.equals("samples")) {
      return axis(Axis.setting(SAMPLES), "calibration samples", entries);
    } else if (name.equals("steps")) {
      return measure(Measures.find("tuning_steps", List.of()).orElseThrow(), STEPS, entries);
    }
    List<TrialResult> trials = entries.stream().map(Entry::trial).toList();
    Optional<Axis> axis = Axis.find(name, entries);
    if (axis.isPresent()) {
      return axis(axis.get(), name.equals("removed") ? "parameters removed (%)" : name, entries);
    }
    Measure measure =
        Measures.find(name.replace('-', '_'), trials)
            .orElseThrow(() -> new InputException(unknown(name, trials)));
    return measure(measure, Set.of("ratio"), entries);
  }

  private static String unknown(String name, List<TrialResult> trials) {
    List<String> all = new ArrayList<>(Axis.names());
    all.addAll(List.of("layer", "samples"));
    Measures.known(trials).forEach(measure -> all.add(measure.name()));
    return "'"
        + name
        + "' is not a setting to plot by"
        + Suggestion.of(name, all)
        + "; there are "
        + String.join(", ", all.stream().distinct().toList());
  }

  private static PlotX axis(Axis axis, String title, List<Entry> entries) {
    boolean numbers =
        entries.stream()
            .map(axis.value())
            .filter(value -> !value.isEmpty())
            .allMatch(value -> Axis.number(value).isPresent());
    boolean ratio = axis.equals(Axis.RATIO) || axis.equals(Axis.REMOVED);
    BiFunction<Entry, Evaluated, Optional<Double>> value =
        (entry, model) ->
            model == Evaluated.BEFORE
                ? Optional.of(0.0).filter(zero -> ratio)
                : Axis.number(axis.value().apply(entry));
    Set<String> of = ratio ? Set.of("ratio") : Set.of(axis.name());
    Better better = ratio ? Better.HIGHER : Better.NEITHER;
    return new PlotX(title, numbers, value, axis, axis, of, ratio, better);
  }

  /** Where each trial may prune a block, that block; else the range as a name. */
  private static PlotX layer(List<Entry> entries) {
    Axis first =
        new Axis(
            "layer",
            entry -> {
              String[] ends = entry.trial().point().layers().split("\\.\\.");
              return ends.length == 2 && Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) == 1
                  ? ends[0]
                  : "";
            });
    boolean each = entries.stream().noneMatch(entry -> first.value().apply(entry).isEmpty());
    PlotX x = axis(each ? first : Axis.LAYERS, each ? "layer" : "layers", entries);
    return new PlotX(
        x.title(),
        x.numbers(),
        x.value(),
        x.category(),
        x.place(),
        Set.of("layers"),
        false,
        Better.NEITHER);
  }

  private static PlotX measure(Measure measure, Set<String> of, List<Entry> entries) {
    double unit = unit(measure);
    boolean untrained = of.equals(STEPS);
    BiFunction<Entry, Evaluated, Optional<Double>> value =
        (entry, model) ->
            measure
                .of(entry.run().tasks(), entry.trial(), model)
                .map(Measured::value)
                .map(v -> v / unit)
                .or(() -> Optional.of(0.0).filter(zero -> untrained && model == Evaluated.PRUNED));
    List<Axis> varying = Axis.varying(entries);
    Axis place = new Axis("place", entry -> Axis.label(varying, entry));
    Better better = measure.size() ? Better.LOWER : measure.better();
    return new PlotX(title(measure), true, value, place, place, of, !untrained, better);
  }

  private static double unit(Measure measure) {
    return switch (measure.name()) {
      case "parameters" -> 1e6;
      case "macs" -> 1e9;
      case "memory", "activations" -> 1 << 20;
      default -> 1;
    };
  }

  /** With its unit. */
  static String title(Measure measure) {
    return switch (measure.name()) {
      case "perplexity" -> "perplexity";
      case "parameters" -> "parameters (millions)";
      case "macs" -> "MACs (billions)";
      case "memory", "activations" -> measure.name() + " (MiB)";
      case "latency", "token_latency" -> measure.title() + " (s)";
      default -> measure.title();
    };
  }

  boolean isSteps() {
    return of.equals(STEPS);
  }
}
