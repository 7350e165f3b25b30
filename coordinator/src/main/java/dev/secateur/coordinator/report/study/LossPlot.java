package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.LossCurves;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.plot.Series.Spot;
import dev.secateur.coordinator.report.study.Run.Entry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The losses of trainings, step by step. Trials of one line are repetitions: a point is the mean of
 * those that got so far.
 *
 * @param validationOnly whether only the held-out losses are shown
 * @param series the axes whose values make lines; all that trials differ in where it is empty
 * @param models whose trainings; those of all that have any where it is empty
 */
record LossPlot(boolean validationOnly, List<String> series, List<Evaluated> models) {
  /** Whether this is requested, and runs have any curves. */
  static boolean isAsked(String x, String y, List<Run> runs) {
    return x.equals("steps")
        && Set.of("loss", "validation_loss", "validation-loss").contains(y)
        && runs.stream().anyMatch(run -> !run.curves().curves().isEmpty());
  }

  /**
   * The plot.
   *
   * @throws dev.secateur.protocol.InputException when a name of the series is unknown
   */
  Plot of(List<Run> runs) {
    List<Entry> entries = Run.entries(runs);
    List<Axis> lines = Axis.chosen(series, entries);
    Map<String, TreeMap<Integer, List<Double>>> found = new LinkedHashMap<>();
    boolean several = several(runs);
    for (Entry entry : entries) {
      for (LossCurves.Curve curve : entry.run().curves().curves()) {
        if (curve.trial() == entry.trial().trial() && isWanted(curve)) {
          String label = Axis.label(lines, entry);
          String line = label.isEmpty() || several ? join(label, curve.model()) : label;
          if (!validationOnly) {
            add(curve.steps(), curve.loss(), found.computeIfAbsent(line, l -> new TreeMap<>()));
          }
          if (!curve.validationSteps().isEmpty()) {
            add(
                curve.validationSteps(),
                curve.validationLoss(),
                found.computeIfAbsent(join(line, "validation"), l -> new TreeMap<>()));
          }
        }
      }
    }
    List<Series> all = new ArrayList<>();
    found.forEach((line, steps) -> all.add(new Series(line, spots(steps))));
    return new Plot(
        "",
        "steps",
        validationOnly ? "validation loss (nats)" : "loss (nats)",
        false,
        all,
        notes(runs, all));
  }

  private boolean isWanted(LossCurves.Curve curve) {
    return models.isEmpty()
        || models.stream().anyMatch(model -> model.label().equals(curve.model()));
  }

  private boolean several(List<Run> runs) {
    return runs.stream()
            .flatMap(run -> run.curves().curves().stream())
            .filter(this::isWanted)
            .map(LossCurves.Curve::model)
            .distinct()
            .count()
        > 1;
  }

  private static String join(String label, String more) {
    return label.isEmpty() ? more : label + ", " + more;
  }

  private static void add(
      List<Integer> steps, List<Double> losses, TreeMap<Integer, List<Double>> line) {
    for (int i = 0; i < steps.size(); i++) {
      line.computeIfAbsent(steps.get(i), step -> new ArrayList<>()).add(losses.get(i));
    }
  }

  private static List<Spot> spots(TreeMap<Integer, List<Double>> steps) {
    List<Spot> spots = new ArrayList<>();
    steps.forEach((step, losses) -> spots.add(Spot.of("", step, losses)));
    return spots;
  }

  private static List<String> notes(List<Run> runs, List<Series> all) {
    List<String> notes = new ArrayList<>();
    if (all.stream().flatMap(line -> line.points().stream()).anyMatch(spot -> spot.n() > 1)) {
      notes.add("bars are standard deviations over repetitions");
    }
    String missing =
        runs.stream()
            .flatMap(run -> run.curves().leftOut().stream().map(why -> run.name() + ", " + why))
            .collect(Collectors.joining("; "));
    if (!missing.isEmpty()) {
      notes.add("left out: " + missing);
    }
    return notes;
  }
}
