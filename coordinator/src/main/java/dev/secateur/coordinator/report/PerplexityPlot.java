package dev.secateur.coordinator.report;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * Perplexity against parameters: a line to each criterion, and to each combination of what else
 * varies but the ratio; one more where trials were recovered or trained from random weights.
 *
 * @param name of the file, without its ending
 */
record PerplexityPlot(String name, XYChart chart) {
  private record Point(double parameters, double perplexity) {}

  /** A line: at each place the points of trials that differ in seeds alone. */
  private static final class Line {
    private final Map<Object, List<Point>> places = new LinkedHashMap<>();

    void add(Object place, Point point) {
      List<Point> there = places.computeIfAbsent(place, any -> new ArrayList<>());
      if (!there.contains(point)) {
        there.add(point);
      }
    }

    List<Bar> bars() {
      return places.values().stream()
          .map(Bar::of)
          .sorted(Comparator.comparingDouble(bar -> bar.parameters))
          .toList();
    }
  }

  /** The mean of a place's points. */
  private record Bar(double parameters, Repetition.Spread perplexity) {
    static Bar of(List<Point> points) {
      return new Bar(
          points.stream().mapToDouble(Point::parameters).average().orElseThrow(),
          Repetition.Spread.of(points.stream().map(Point::perplexity).toList()));
    }
  }

  /** What a line's trials have in common, beside their criterion. */
  private static final List<Function<TrialResult, String>> VARYING =
      List.of(
          trial -> trial.point().aggregation().label(),
          trial -> trial.point().scope().label(),
          trial -> trial.point().target().label(),
          trial -> trial.point().steps() + " steps",
          trial -> trial.point().climbing() + " moves",
          trial -> trial.point().uniform() ? "uniform" : "not uniform",
          trial -> "layers " + trial.point().layers());

  /** A plot for each model and strategy that has any result. */
  static List<PerplexityPlot> of(SweepResults results) {
    Map<String, String> names = names(results.trials());
    Map<String, List<TrialResult>> panels = new LinkedHashMap<>();
    for (TrialResult trial : results.trials()) {
      if (trial.point().removesNothing()) {
        continue; // every line begins there
      }
      String name =
          "perplexity-" + names.get(trial.model()) + "-" + trial.point().strategy().label();
      panels.computeIfAbsent(name, p -> new ArrayList<>()).add(trial);
    }
    List<PerplexityPlot> plots = new ArrayList<>();
    panels.forEach((name, trials) -> plot(name, trials).ifPresent(plots::add));
    return plots;
  }

  /** Each model's last word as files can bear it; with a number where another has it already. */
  private static Map<String, String> names(List<TrialResult> trials) {
    Map<String, String> names = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      String last = trial.model().replaceAll("^.*/(?=.)", "").replaceAll("[^A-Za-z0-9._-]", "_");
      if (!names.containsKey(trial.model())) {
        String name = last;
        for (int number = 2; names.containsValue(name); number++) {
          name = last + "-" + number;
        }
        names.put(trial.model(), name);
      }
    }
    return names;
  }

  private static String line(TrialResult trial, List<Function<TrialResult, String>> varying) {
    return Stream.concat(
            Stream.of(trial.point().criterion().label()),
            varying.stream().map(part -> part.apply(trial)))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /** What is said of a trial in a line's name, beside its criterion. */
  private static List<Function<TrialResult, String>> varying(List<TrialResult> trials) {
    List<Function<TrialResult, String>> varying = new ArrayList<>();
    for (Function<TrialResult, String> part : VARYING) {
      if (trials.stream().map(part).distinct().count() > 1) {
        varying.add(part);
      }
    }
    for (String key : TrialSettings.AXES) {
      if (TrialSettings.varies(key, trials)) {
        varying.add(
            trial -> {
              String text = TrialSettings.text(trial, key);
              return text.isEmpty() ? "" : TrialSettings.title(key) + " " + text;
            });
      }
    }
    return varying;
  }

  private static Optional<PerplexityPlot> plot(String name, List<TrialResult> trials) {
    List<Function<TrialResult, String>> varying = varying(trials);
    Map<String, Line> series = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      String line = line(trial, varying);
      addBase(series, line, trial);
      add(series, line, trial, "pruned");
    }
    for (String evaluation : List.of("recovered", "scratch")) {
      for (TrialResult trial : trials) {
        add(series, line(trial, varying) + ", " + evaluation, trial, evaluation);
      }
    }
    if (series.isEmpty()) {
      return Optional.empty();
    }
    TrialResult first = trials.get(0);
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(600)
            .title(first.model() + ", " + first.point().strategy().label() + " pruning")
            .xAxisTitle("parameters (millions)")
            .yAxisTitle("perplexity")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setYAxisLogarithmic(spansDecades(series)); // whose ticks are powers of ten
    series.forEach((line, points) -> addLine(chart, line, points));
    return Optional.of(new PerplexityPlot(name, chart));
  }

  private static boolean spansDecades(Map<String, Line> series) {
    DoubleSummaryStatistics all =
        series.values().stream()
            .flatMap(line -> line.bars().stream())
            .mapToDouble(bar -> bar.perplexity().mean())
            .summaryStatistics();
    return all.getMax() > 20 * all.getMin();
  }

  /** Every line begins at the model as it was. */
  private static void addBase(Map<String, Line> series, String line, TrialResult trial) {
    Optional<Point> base = point(trial, "parameters_before", "before");
    if (!series.containsKey(line)
        && base.isPresent()
        && trial.metric("pruned", "perplexity").isPresent()) {
      Line begun = new Line();
      begun.add("base", base.get());
      series.put(line, begun);
    }
  }

  private static void add(
      Map<String, Line> series, String line, TrialResult trial, String evaluation) {
    point(trial, "parameters_after", evaluation)
        .ifPresent(
            point ->
                series.computeIfAbsent(line, l -> new Line()).add(Repetition.key(trial), point));
  }

  /** Where a model of a trial stands, where that is known and finite. */
  private static Optional<Point> point(TrialResult trial, String parameters, String evaluation) {
    Optional<Double> size = trial.metric("pruning", parameters);
    return trial
        .metric(evaluation, "perplexity")
        .filter(Double::isFinite)
        .flatMap(perplexity -> size.map(count -> new Point(count / 1e6, perplexity)));
  }

  private static void addLine(XYChart chart, String name, Line line) {
    List<Bar> bars = line.bars();
    double[] xs = bars.stream().mapToDouble(Bar::parameters).toArray();
    double[] ys = bars.stream().mapToDouble(bar -> bar.perplexity().mean()).toArray();
    double[] errors =
        bars.stream().mapToDouble(bar -> bar.perplexity().deviation().orElse(0.0)).toArray();
    if (Arrays.stream(errors).anyMatch(error -> error > 0)) {
      chart.addSeries(name, xs, ys, errors);
    } else {
      chart.addSeries(name, xs, ys);
    }
  }

  byte[] png() throws IOException {
    return BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
  }

  byte[] svg() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(
        chart, bytes, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    return bytes.toByteArray();
  }
}
