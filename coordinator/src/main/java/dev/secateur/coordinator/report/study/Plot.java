package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.study.Series.Spot;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import java.math.BigDecimal;
import java.util.List;

/**
 * What a plot shows.
 *
 * @param categories whether x is a name, so that values are bars
 * @param notes what it leaves out or puts together
 */
public record Plot(
    String title, String x, String y, boolean categories, List<Series> series, List<String> notes) {

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
            Column.number("n", "n"));
    return new Table(title, columns, List.of(new Table.Group("", rows)), notes);
  }

  private List<Cell> row(String line, Spot spot) {
    return List.of(
        Cell.of(line),
        categories ? Cell.of(spot.category()) : Cell.of(plain(spot.x()), spot.x()),
        Cell.real(spot.y()),
        spot.n() > 1 ? Cell.real(spot.deviation()) : Cell.NONE,
        Cell.of(Integer.toString(spot.n()), spot.n()));
  }

  /** Without an exponent, and without decimals that say nothing. */
  private static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
