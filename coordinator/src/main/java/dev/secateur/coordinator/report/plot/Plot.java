package dev.secateur.coordinator.report.plot;

import dev.secateur.coordinator.report.plot.Series.Spot;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import java.math.BigDecimal;
import java.util.List;

/**
 * The content of a plot.
 *
 * @param categories whether x is a name, so that values are bars
 * @param references levels of y to compare with
 * @param best corners of the steps below (or above) all points, the best value up to each x; empty
 *     where better has no meaning on both axes
 * @param notes what it leaves out or combines
 */
public record Plot(
    String title,
    String x,
    String y,
    boolean categories,
    List<Series> series,
    List<Reference> references,
    List<Spot> best,
    List<String> notes) {

  /** A level of y. */
  public record Reference(String name, double y) {}

  /** Of lines alone. */
  public Plot(
      String title,
      String x,
      String y,
      boolean categories,
      List<Series> series,
      List<String> notes) {
    this(title, x, y, categories, series, List.of(), List.of(), notes);
  }

  /** What it shows, for a heading. */
  public String heading() {
    return y + " against " + x + (title.isEmpty() ? "" : ": " + title);
  }

  /** Its points, one to a row. */
  public Table table() {
    List<List<Cell>> rows =
        series.stream()
            .flatMap(line -> line.points().stream().map(spot -> row(line.name(), spot)))
            .toList();
    List<Column> columns =
        List.of(
            Column.text("series", "series"),
            categories ? Column.text("x", x) : Column.number("x", x),
            Column.number("y", y),
            Column.number("deviation", "deviation"),
            Column.number("n", "n"),
            Column.number("standard_error", "standard error"));
    return new Table(title, columns, List.of(new Table.Group("", rows)), notes);
  }

  private List<Cell> row(String line, Spot spot) {
    return List.of(
        Cell.of(line),
        categories ? Cell.of(spot.category()) : Cell.of(plain(spot.x()), spot.x()),
        Cell.real(spot.y()),
        spot.n() > 1 ? Cell.real(spot.deviation()) : Cell.none(),
        Cell.of(Integer.toString(spot.n()), spot.n()),
        spot.error() > 0 ? Cell.real(spot.error()) : Cell.none());
  }

  /** Without an exponent, and without decimals that say nothing. */
  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
