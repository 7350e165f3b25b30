package dev.secateur.coordinator.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A sweep's results as a table for people and as CSV. */
public final class ResultsTable {
  private static final List<String> HEADER =
      List.of(
          "trial",
          "model",
          "strategy",
          "ratio",
          "criterion",
          "aggregation",
          "params before",
          "params after",
          "ppl before",
          "ppl pruned",
          "ppl recovered",
          "seconds",
          "failure");

  private ResultsTable() {}

  /** Columns aligned, one trial to a line; the column of failures only where there are some. */
  public static String text(SweepResults results) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADER);
    results.trials().forEach(trial -> rows.add(row(trial, "-")));
    boolean failures = results.failed() > 0;
    int columns = failures ? HEADER.size() : HEADER.size() - 1;
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < columns; column++) {
        int width = width(rows, column);
        boolean left = column >= 1 && column <= 2 || column == 4 || column == 5 || column == 12;
        line.append(String.format("%" + (left ? "-" : "") + width + "s  ", row.get(column)));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(1);
  }

  /** RFC 4180, with a header. */
  public static String csv(SweepResults results) {
    StringBuilder text = new StringBuilder();
    text.append(String.join(",", HEADER.stream().map(h -> h.replace(' ', '_')).toList()));
    text.append("\r\n");
    for (TrialResult trial : results.trials()) {
      text.append(String.join(",", row(trial, "").stream().map(ResultsTable::quoted).toList()));
      text.append("\r\n");
    }
    return text.toString();
  }

  private static String quoted(String cell) {
    return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }

  private static List<String> row(TrialResult trial, String absent) {
    return List.of(
        Integer.toString(trial.trial()),
        trial.model(),
        trial.strategy().label(),
        trial.ratio().toPlainString(),
        trial.criterion().label(),
        trial.aggregation().label(),
        trial.parametersBefore().map(Object::toString).orElse(absent),
        trial.parametersAfter().map(Object::toString).orElse(absent),
        number(trial.perplexityBefore(), absent),
        number(trial.perplexityPruned(), absent),
        number(trial.perplexityRecovered(), absent),
        String.format(Locale.ROOT, "%.1f", trial.seconds()),
        trial.failure().orElse(absent));
  }

  private static String number(Optional<Double> value, String absent) {
    return value.map(v -> String.format(Locale.ROOT, "%.4f", v)).orElse(absent);
  }
}
