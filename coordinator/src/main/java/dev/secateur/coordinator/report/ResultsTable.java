package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.NamedMetric.Shown;
import dev.secateur.protocol.Labelled;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** A sweep's results as a table for people and as CSV. */
public final class ResultsTable {
  /** A column of the table, and of the CSV. */
  private record Column(
      String title, boolean left, Shown shown, Function<TrialResult, Optional<String>> cell) {}

  private static final List<Column> COLUMNS =
      Stream.of(
              Stream.of(
                  always("trial", false, t -> Integer.toString(t.trial())),
                  always("model", true, TrialResult::model),
                  always("strategy", true, t -> t.point().strategy().label()),
                  always("ratio", false, t -> t.point().ratio().toPlainString()),
                  always("criterion", true, t -> t.point().criterion().label()),
                  always("aggregation", true, t -> t.point().aggregation().label()),
                  where("scope", t -> Optional.of(t.point().scope().label())),
                  where("target", t -> Optional.of(t.point().target().label())),
                  where("steps", t -> Optional.of(Integer.toString(t.point().steps()))),
                  where("layers", t -> Optional.of(t.point().layers()))),
              NamedMetric.ALL.stream().map(ResultsTable::column),
              Stream.of(
                  where("perplexity begin", t -> t.perplexityBegin().map(Labelled::label)),
                  where("begin token", t -> t.beginToken().map(Labelled::label)),
                  new Column("not recovered", true, Shown.WHERE_KNOWN, TrialResult::notRecovered),
                  always("seconds", false, t -> String.format(Locale.ROOT, "%.1f", t.seconds())),
                  new Column("failure", true, Shown.WHERE_KNOWN, TrialResult::failure)))
          .flatMap(columns -> columns)
          .toList();

  private ResultsTable() {}

  private static Column always(String title, boolean left, Function<TrialResult, String> cell) {
    return new Column(title, left, Shown.ALWAYS, cell.andThen(Optional::of));
  }

  private static Column where(String title, Function<TrialResult, Optional<String>> cell) {
    return new Column(title, true, Shown.WHERE_IT_DIFFERS, cell);
  }

  private static Column column(NamedMetric metric) {
    return new Column(metric.title(), metric.shown() != Shown.ALWAYS, metric.shown(), metric::cell);
  }

  /** Columns aligned, one trial to a line; what is alike in all trials may be left out. */
  public static String text(SweepResults results) {
    List<Column> columns = COLUMNS.stream().filter(c -> isShown(c, results)).toList();
    List<List<String>> rows = new ArrayList<>();
    rows.add(columns.stream().map(Column::title).toList());
    results
        .trials()
        .forEach(
            trial ->
                rows.add(columns.stream().map(c -> c.cell().apply(trial).orElse("-")).toList()));
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns.size(); i++) {
        String alignment = columns.get(i).left() ? "-" : "";
        line.append(String.format("%" + alignment + width(rows, i) + "s  ", row.get(i)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.append(settings(results)).toString();
  }

  /** What all trials' evaluations have in common, or nothing. */
  private static String settings(SweepResults results) {
    if (results.trials().isEmpty()) {
      return "";
    }
    TrialResult first = results.trials().get(0);
    List<String> settings = new ArrayList<>();
    first.compute().ifPresent(compute -> settings.add("compute " + compute.label()));
    first.perplexityBegin().ifPresent(begin -> settings.add("perplexity-begin " + begin.label()));
    first.beginToken().ifPresent(begin -> settings.add("begin-token " + begin.label()));
    return settings.isEmpty() ? "" : "evaluation: " + String.join(", ", settings) + "\n";
  }

  private static boolean isShown(Column column, SweepResults results) {
    Stream<Optional<String>> cells = results.trials().stream().map(column.cell());
    return switch (column.shown()) {
      case ALWAYS -> true;
      case WHERE_IT_DIFFERS -> cells.distinct().count() > 1;
      case WHERE_KNOWN -> cells.anyMatch(Optional::isPresent);
    };
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
  }

  /** RFC 4180, with a header; all columns. */
  public static String csv(SweepResults results) {
    StringBuilder text = new StringBuilder();
    text.append(String.join(",", COLUMNS.stream().map(c -> c.title().replace(' ', '_')).toList()));
    text.append("\r\n");
    for (TrialResult trial : results.trials()) {
      text.append(
          String.join(
              ",", COLUMNS.stream().map(c -> quoted(c.cell().apply(trial).orElse(""))).toList()));
      text.append("\r\n");
    }
    return text.toString();
  }

  private static String quoted(String cell) {
    return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }
}
