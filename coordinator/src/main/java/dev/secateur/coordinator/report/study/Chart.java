package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.study.Series.Spot;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;

/** A plot as PNG and SVG. */
public final class Chart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 600;

  private final org.knowm.xchart.internal.chartpart.Chart<?, ?> chart;

  private Chart(org.knowm.xchart.internal.chartpart.Chart<?, ?> chart) {
    this.chart = chart;
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
  }

  /** Lines where x is a number, bars where it is a name; deviations of repetitions on both. */
  public static Chart of(Plot plot) {
    return new Chart(plot.categories() ? bars(plot) : lines(plot));
  }

  private static XYChart lines(Plot plot) {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(plot.title())
            .xAxisTitle(plot.x())
            .yAxisTitle(plot.y())
            .build();
    chart.getStyler().setYAxisLogarithmic(spansDecades(plot)); // whose ticks are powers of ten
    for (Series line : plot.series()) {
      double[] x = line.points().stream().mapToDouble(Spot::x).toArray();
      double[] y = line.points().stream().mapToDouble(Spot::y).toArray();
      if (line.points().stream().anyMatch(spot -> spot.n() > 1)) {
        chart.addSeries(
            line.name(), x, y, line.points().stream().mapToDouble(Spot::deviation).toArray());
      } else {
        chart.addSeries(line.name(), x, y);
      }
    }
    return chart;
  }

  private static boolean spansDecades(Plot plot) {
    List<Spot> spots = plot.series().stream().flatMap(line -> line.points().stream()).toList();
    double least = spots.stream().mapToDouble(s -> s.y() - s.deviation()).min().orElse(0);
    return least > 0 && spots.stream().mapToDouble(Spot::y).max().orElse(0) > 20 * least;
  }

  private static CategoryChart bars(Plot plot) {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(plot.title())
            .xAxisTitle(plot.x())
            .yAxisTitle(plot.y())
            .build();
    Set<String> names = new LinkedHashSet<>();
    plot.series().forEach(line -> line.points().forEach(spot -> names.add(spot.category())));
    List<String> categories = List.copyOf(names);
    for (Series bars : plot.series()) {
      List<Double> y = new ArrayList<>();
      List<Double> deviations = new ArrayList<>();
      for (String category : categories) {
        Spot spot =
            bars.points().stream()
                .filter(s -> s.category().equals(category))
                .findFirst()
                .orElse(new Spot(category, 0, 0, 0, 0));
        y.add(spot.y());
        deviations.add(spot.deviation());
      }
      if (deviations.stream().anyMatch(deviation -> deviation > 0)) {
        chart.addSeries(bars.name(), categories, y, deviations);
      } else {
        chart.addSeries(bars.name(), categories, y);
      }
    }
    return chart;
  }

  public byte[] png() throws IOException {
    return BitmapEncoder.getBitmapBytes(chart, BitmapEncoder.BitmapFormat.PNG);
  }

  public byte[] svg() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    VectorGraphicsEncoder.saveVectorGraphic(
        chart, bytes, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    return bytes.toByteArray();
  }
}
