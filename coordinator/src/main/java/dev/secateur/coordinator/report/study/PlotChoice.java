package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Measure;
import dev.secateur.coordinator.report.Measured;
import dev.secateur.coordinator.report.Measures;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.plot.Envelope;
import dev.secateur.coordinator.report.plot.Plot;
import dev.secateur.coordinator.report.plot.Plot.Reference;
import dev.secateur.coordinator.report.plot.Series;
import dev.secateur.coordinator.report.plot.Series.Spot;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Column.Better;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Suggestion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The choice of a plot of trials. Trials of one line and place are repetitions: their mean is a
 * point.
 *
 * @param x an axis of the grid, a key of configurations, or a measure
 * @param y a measure
 * @param series the axes whose values make lines; if empty, all in which trials differ
 * @param models whose numbers are shown; if empty, all models that have any
 */
public record PlotChoice(String x, String y, List<String> series, List<Evaluated> models) {
  /** What stands at one place of a line. */
  private static final class Place {
    private final List<Double> xs = new ArrayList<>();
    private final List<Double> ys = new ArrayList<>();
    private double error;
    private final Set<String> evaluations = new HashSet<>();
    private final String category;

    Place(String category) {
      this.category = category;
    }

    /** The same evaluation of several trials or runs counts once. */
    void add(Optional<String> evaluation, double x, Measured y) {
      if (evaluation.isEmpty() || evaluations.add(evaluation.get())) {
        xs.add(x);
        ys.add(y.value());
        error = y.error().filter(Double::isFinite).orElse(0.0);
      }
    }

    Spot spot() {
      Spot mean = Spot.of(category, xs.stream().mapToDouble(x -> x).sum() / xs.size(), ys);
      return ys.size() > 1
          ? mean
          : new Spot(mean.category(), mean.x(), mean.y(), mean.deviation(), mean.n(), error);
    }
  }

  /**
   * The plot.
   *
   * @throws InputException when a name is unknown, or no trial has both x and y
   */
  public Plot of(List<Run> runs) {
    if (LossPlot.isAsked(x, y, runs)) {
      return new LossPlot(!y.equals("loss"), series, models).of(runs);
    }
    List<Entry> entries = Run.entries(runs);
    Drawing drawing = new Drawing(entries);
    for (Evaluated model : drawing.models) {
      entries.forEach(entry -> drawing.addAll(entry, model));
    }
    return drawing.plot();
  }

  /** Gathers what the trials have. */
  private final class Drawing {
    private final List<Entry> entries;
    private final PlotX horizontal;
    private final Measure vertical;
    private final List<Axis> lines;
    private final List<Evaluated> models;
    private final Map<String, Map<String, Place>> places = new LinkedHashMap<>();
    private int infinite;

    Drawing(List<Entry> entries) {
      this.entries = entries;
      List<TrialResult> trials = entries.stream().map(Entry::trial).toList();
      this.horizontal = PlotX.named(x, entries);
      this.vertical =
          Measures.find(y, trials)
              .or(() -> Measures.find(y.replace('-', '_'), trials))
              .orElseThrow(() -> new InputException(unknown(trials)));
      this.lines = lines();
      this.models = PlotChoice.this.models.isEmpty() ? usual() : PlotChoice.this.models;
    }

    private String unknown(List<TrialResult> trials) {
      List<String> all = Measures.known(trials).stream().map(Measure::name).toList();
      return "'"
          + y
          + "' was not measured"
          + Suggestion.of(y, all)
          + "; there are "
          + String.join(", ", all);
    }

    private List<Axis> lines() {
      if (series.isEmpty()) {
        List<Axis> varying = new ArrayList<>(Axis.varying(entries));
        varying.removeIf(axis -> horizontal.of().contains(axis.name()));
        return varying;
      }
      return Axis.chosen(series, entries);
    }

    private List<Evaluated> usual() {
      List<Evaluated> usual = new ArrayList<>();
      for (Evaluated model : Evaluated.values()) {
        boolean known = entries.stream().anyMatch(entry -> value(entry, model).isPresent());
        if (known && model != Evaluated.BEFORE) {
          usual.add(model);
        }
      }
      if (horizontal.isSteps() && usual.size() > 1) {
        usual.remove(Evaluated.PRUNED); // where the curves of the others begin
      }
      return usual;
    }

    private Optional<Measured> value(Entry entry, Evaluated model) {
      return vertical.of(entry.run().tasks(), entry.trial(), model);
    }

    /** A trial, and where steps of its training make a curve, its adapter on the way. */
    void addAll(Entry entry, Evaluated model) {
      if (horizontal.isSteps() && model == Evaluated.RECOVERED) {
        entry.trial().onTheWay().forEach(then -> add(new Entry(entry.run(), then), model));
      }
      add(entry, model);
    }

    private void add(Entry entry, Evaluated model) {
      String label = Axis.label(series.isEmpty() ? Axis.of(lines, model) : lines, entry);
      boolean plain = model == Evaluated.PRUNED || models.size() == 1;
      String line = label.isEmpty() ? model.label() : plain ? label : label + ", " + model.label();
      if (!put(line, place(entry, model), entry, model)) {
        return;
      }
      if (horizontal.dense() && model == Evaluated.PRUNED) {
        put(line, "dense", entry, Evaluated.BEFORE);
      } else if (horizontal.isSteps() && model == Evaluated.RECOVERED) {
        put(line, "0 steps of " + horizontal.place().value().apply(entry), entry, Evaluated.PRUNED);
      }
    }

    /** What tells points of a line apart: of a curve the step as well. */
    private String place(Entry entry, Evaluated model) {
      String place = horizontal.place().value().apply(entry);
      return horizontal.isSteps()
          ? place + " " + horizontal.value().apply(entry, model).orElse(0.0)
          : place;
    }

    /** Whether the line is there with a point of this model. */
    private boolean put(String line, String place, Entry entry, Evaluated model) {
      Optional<Double> x =
          horizontal.numbers() ? horizontal.value().apply(entry, model) : Optional.of(0.0);
      Optional<Measured> y = value(entry, model);
      if (x.isEmpty() || y.isEmpty()) {
        return false;
      } else if (!Double.isFinite(y.get().value()) || !Double.isFinite(x.get())) {
        infinite++;
        return false;
      }
      String category = horizontal.numbers() ? "" : horizontal.category().value().apply(entry);
      String key = model == Evaluated.SCRATCH ? "scratch_evaluation" : model.label();
      places
          .computeIfAbsent(line, any -> new LinkedHashMap<>())
          .computeIfAbsent(place, any -> new Place(category))
          .add(Optional.ofNullable(entry.trial().stages().get(key)), x.get(), y.get());
      return true;
    }

    Plot plot() {
      List<Series> all = new ArrayList<>();
      places.forEach((line, of) -> all.add(new Series(line, spots(of))));
      if (all.isEmpty()) {
        throw new InputException("no trial has both " + x + " and " + y + " yet");
      }
      boolean categories = !horizontal.numbers();
      return new Plot(
          title(),
          horizontal.title(),
          PlotX.title(vertical),
          categories,
          all,
          references(),
          best(all),
          notes(all));
    }

    /** The dense model, where all trials are of one. */
    private List<Reference> references() {
      List<Double> dense =
          entries.stream()
              .flatMap(entry -> value(entry, Evaluated.BEFORE).stream())
              .map(Measured::value)
              .distinct()
              .toList();
      return dense.size() == 1 && Double.isFinite(dense.get(0))
          ? List.of(new Reference("dense model", dense.get(0)))
          : List.of();
    }

    /** Of several lines of one model, whose numbers can be compared. */
    private List<Spot> best(List<Series> all) {
      boolean comparable =
          horizontal.numbers()
              && horizontal.better() != Better.NEITHER
              && vertical.better() != Better.NEITHER
              && !Axis.MODEL.varies(entries);
      return all.size() > 1 && comparable
          ? Envelope.of(
              all.stream().flatMap(line -> line.points().stream()).toList(),
              horizontal.better() == Better.LOWER,
              vertical.better() == Better.LOWER)
          : List.of();
    }

    private List<Spot> spots(Map<String, Place> of) {
      List<Spot> spots = new ArrayList<>(of.values().stream().map(Place::spot).toList());
      if (horizontal.numbers()) {
        spots.sort(Comparator.comparingDouble(Spot::x));
      }
      return spots;
    }

    /** What all trials have in common of model and strategy. */
    private String title() {
      List<Axis> varying = Axis.varying(entries);
      List<Axis> common =
          List.of(Axis.MODEL, Axis.STRATEGY).stream().filter(a -> !varying.contains(a)).toList();
      return entries.isEmpty() ? "" : Axis.label(common, entries.get(0));
    }

    private List<String> notes(List<Series> all) {
      List<String> notes = new ArrayList<>();
      boolean repeated =
          all.stream().flatMap(line -> line.points().stream()).anyMatch(spot -> spot.n() > 1);
      if (repeated) {
        List<String> over =
            new ArrayList<>(Axis.varying(entries).stream().map(Axis::name).toList());
        over.removeAll(lines.stream().map(Axis::name).toList());
        over.removeAll(horizontal.of());
        notes.add(
            "bars are standard deviations over "
                + (over.isEmpty() || series.isEmpty() ? "repetitions" : String.join(", ", over)));
      }
      if (all.stream().flatMap(line -> line.points().stream()).anyMatch(spot -> spot.error() > 0)) {
        notes.add((repeated ? "of single values " : "bars are ") + "standard errors");
      }
      if (infinite > 0) {
        notes.add(infinite + " non-finite values are left out");
      }
      return notes;
    }
  }
}
