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
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * Perplexity against parameters, a line to each criterion and aggregation, and one more where
 * trials were recovered.
 *
 * @param name of the file, without its ending
 */
record PerplexityPlot(String name, XYChart chart) {
  private record Point(double parameters, double perplexity) {}

  /** A plot for each model and strategy that has any result. */
  static List<PerplexityPlot> of(SweepResults results) {
    Map<String, List<TrialResult>> panels = new LinkedHashMap<>();
    for (TrialResult trial : results.trials()) {
      String model = trial.model().replaceAll("^.*/(?=.)", "").replaceAll("[^A-Za-z0-9._-]", "_");
      panels
          .computeIfAbsent(
              "perplexity-" + model + "-" + trial.strategy().label(), p -> new ArrayList<>())
          .add(trial);
    }
    List<PerplexityPlot> plots = new ArrayList<>();
    panels.forEach((name, trials) -> plot(name, trials).ifPresent(plots::add));
    return plots;
  }

  private static Optional<PerplexityPlot> plot(String name, List<TrialResult> trials) {
    Map<String, List<Point>> series = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      String line = trial.criterion().label() + " " + trial.aggregation().label();
      addBase(series, line, trial);
      add(series, line, trial, TrialResult::perplexityPruned);
    }
    for (TrialResult trial : trials) {
      String line = trial.criterion().label() + " " + trial.aggregation().label();
      add(series, line + ", recovered", trial, TrialResult::perplexityRecovered);
    }
    if (series.isEmpty()) {
      return Optional.empty();
    }
    TrialResult first = trials.get(0);
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(600)
            .title(first.model() + ", " + first.strategy().label() + " pruning")
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
    if (!series.containsKey(line)
        && trial.parametersBefore().isPresent()
        && trial.perplexityBefore().filter(Double::isFinite).isPresent()
        && trial.perplexityPruned().isPresent()) {
      List<Point> points = new ArrayList<>();
      points.add(new Point(trial.parametersBefore().get() / 1e6, trial.perplexityBefore().get()));
      series.put(line, points);
    }
  }

  private static void add(
      Map<String, List<Point>> series,
      String line,
      TrialResult trial,
      Function<TrialResult, Optional<Double>> perplexity) {
    perplexity
        .apply(trial)
        .filter(Double::isFinite)
        .ifPresent(
            value ->
                trial
                    .parametersAfter()
                    .ifPresent(
                        parameters ->
                            series
                                .computeIfAbsent(line, l -> new ArrayList<>())
                                .add(new Point(parameters / 1e6, value))));
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
