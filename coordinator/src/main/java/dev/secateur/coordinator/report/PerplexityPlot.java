package dev.secateur.coordinator.report;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
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

  /** What a line's trials have in common, beside their criterion. */
  private static final List<Function<GridPoint, String>> VARYING =
      List.of(
          point -> point.aggregation().label(),
          point -> point.scope().label(),
          point -> point.target().label(),
          point -> point.steps() + " steps",
          point -> "layers " + point.layers());

  /** A plot for each model and strategy that has any result. */
  static List<PerplexityPlot> of(SweepResults results) {
    Map<String, String> names = names(results.trials());
    Map<String, List<TrialResult>> panels = new LinkedHashMap<>();
    for (TrialResult trial : results.trials()) {
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

  private static String line(GridPoint point, List<Function<GridPoint, String>> varying) {
    return Stream.concat(
            Stream.of(point.criterion().label()), varying.stream().map(part -> part.apply(point)))
        .collect(Collectors.joining(", "));
  }

  private static Optional<PerplexityPlot> plot(String name, List<TrialResult> trials) {
    List<Function<GridPoint, String>> varying =
        VARYING.stream()
            .filter(part -> trials.stream().map(t -> part.apply(t.point())).distinct().count() > 1)
            .toList();
    Map<String, List<Point>> series = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      String line = line(trial.point(), varying);
      addBase(series, line, trial);
      add(series, line, trial, "pruned");
    }
    for (String evaluation : List.of("recovered", "scratch")) {
      for (TrialResult trial : trials) {
        add(series, line(trial.point(), varying) + ", " + evaluation, trial, evaluation);
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

  private static boolean spansDecades(Map<String, List<Point>> series) {
    DoubleSummaryStatistics all =
        series.values().stream()
            .flatMap(List::stream)
            .mapToDouble(Point::perplexity)
            .summaryStatistics();
    return all.getMax() > 20 * all.getMin();
  }

  /** Every line begins at the model as it was. */
  private static void addBase(Map<String, List<Point>> series, String line, TrialResult trial) {
    Optional<Point> base = point(trial, "parameters_before", "before");
    if (!series.containsKey(line)
        && base.isPresent()
        && trial.metric("pruned", "perplexity").isPresent()) {
      series.put(line, new ArrayList<>(List.of(base.get())));
    }
  }

  private static void add(
      Map<String, List<Point>> series, String line, TrialResult trial, String evaluation) {
    point(trial, "parameters_after", evaluation)
        .ifPresent(point -> series.computeIfAbsent(line, l -> new ArrayList<>()).add(point));
  }

  /** Where a model of a trial stands, where that is known and finite. */
  private static Optional<Point> point(TrialResult trial, String parameters, String evaluation) {
    Optional<Double> size = trial.metric("pruning", parameters);
    return trial
        .metric(evaluation, "perplexity")
        .filter(Double::isFinite)
        .flatMap(perplexity -> size.map(count -> new Point(count / 1e6, perplexity)));
  }

  private static void addLine(XYChart chart, String line, List<Point> points) {
    points.sort(Comparator.comparingDouble(Point::parameters));
    chart.addSeries(
        line,
        points.stream().mapToDouble(Point::parameters).toArray(),
        points.stream().mapToDouble(Point::perplexity).toArray());
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
