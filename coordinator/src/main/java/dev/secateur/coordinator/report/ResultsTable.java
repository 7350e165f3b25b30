package dev.secateur.coordinator.report;

import dev.secateur.protocol.Labelled;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** A sweep's results as a table for people and as CSV. */
public final class ResultsTable {
  /**
   * A column.
   *
   * @param optional whether people see it only where its values differ
   */
  private record Column(
      String title, boolean left, boolean optional, Function<TrialResult, Optional<String>> cell) {}

  private static final List<Column> COLUMNS =
      List.of(
          always("trial", false, t -> Integer.toString(t.trial())),
          always("model", true, TrialResult::model),
          always("strategy", true, t -> t.strategy().label()),
          always("ratio", false, t -> t.ratio().toPlainString()),
          always("criterion", true, t -> t.criterion().label()),
          always("aggregation", true, t -> t.aggregation().label()),
          where("scope", t -> Optional.of(t.scope().label())),
          where("target", t -> Optional.of(t.target().label())),
          where("steps", t -> Optional.of(Integer.toString(t.steps()))),
          where("layers", t -> Optional.of(t.layers())),
          some("params before", t -> t.parametersBefore().map(Object::toString)),
          some("params after", t -> t.parametersAfter().map(Object::toString)),
          some("ppl before", t -> number(t.perplexityBefore())),
          some("ppl pruned", t -> number(t.perplexityPruned())),
          some("ppl recovered", t -> number(t.perplexityRecovered())),
          where("ppl scratch", t -> number(t.perplexityScratch())),
          where("acc before", t -> number(t.accuracyBefore())),
          where("acc pruned", t -> number(t.accuracyPruned())),
          where("acc recovered", t -> number(t.accuracyRecovered())),
          where("acc scratch", t -> number(t.accuracyScratch())),
          where("perplexity begin", t -> t.perplexityBegin().map(Labelled::label)),
          where("begin token", t -> t.beginToken().map(Labelled::label)),
          where("not recovered", TrialResult::notRecovered),
          always("seconds", false, t -> String.format(Locale.ROOT, "%.1f", t.seconds())),
          where("failure", TrialResult::failure));

  private ResultsTable() {}

  private static Column always(String title, boolean left, Function<TrialResult, String> cell) {
    return new Column(title, left, false, cell.andThen(Optional::of));
  }

  private static Column some(String title, Function<TrialResult, Optional<String>> cell) {
    return new Column(title, false, false, cell);
  }

  private static Column where(String title, Function<TrialResult, Optional<String>> cell) {
    return new Column(title, true, true, cell);
  }

  /** Columns aligned, one trial to a line; what is alike in all trials and optional is left out. */
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
    return text.append(begin(results)).toString();
  }

  /** How the begin token stood in what all trials were measured on, or nothing. */
  private static String begin(SweepResults results) {
    if (results.trials().isEmpty()) {
      return "";
    }
    TrialResult first = results.trials().get(0);
    List<String> settings = new ArrayList<>();
    first.perplexityBegin().ifPresent(begin -> settings.add("perplexity-begin " + begin.label()));
    first.beginToken().ifPresent(begin -> settings.add("begin-token " + begin.label()));
    return settings.isEmpty() ? "" : "evaluation: " + String.join(", ", settings) + "\n";
  }

  private static boolean isShown(Column column, SweepResults results) {
    return !column.optional()
        || new HashSet<>(results.trials().stream().map(column.cell()).toList()).size() > 1
        || column.title().startsWith("acc ")
            && results.trials().stream().anyMatch(trial -> column.cell().apply(trial).isPresent())
        || column.title().equals("failure") && results.failed() > 0;
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

  private static Optional<String> number(Optional<Double> value) {
    return value.map(v -> String.format(Locale.ROOT, "%.4f", v));
  }
}
