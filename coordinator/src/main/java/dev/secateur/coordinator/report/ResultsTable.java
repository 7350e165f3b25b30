package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import dev.secateur.coordinator.report.table.TableFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A sweep's results as a table for people and as CSV. */
public final class ResultsTable {
  /** Measures that have columns of their own name. */
  private static final Set<Measure> NAMED = Set.of(Measures.PARAMETERS, Measures.PERPLEXITY);

  private ResultsTable() {}

  /**
   * Columns aligned, one trial to a line, those that differ in seeds alone together; what is alike
   * in all trials may be left out.
   */
  public static String text(SweepResults results) {
    List<TrialResult> trials = results.trials();
    List<String> notes = new ArrayList<>(Misses.of(trials));
    settings(trials).ifPresent(notes::add);
    List<TrialColumn> columns = new ArrayList<>();
    for (TrialColumn column : TrialColumn.shown(trials)) {
      columns.add(column);
      if (column.column().name().equals("params_after")) {
        columns.addAll(
            TrialColumn.of(Measures.PREDICTED_LATENCY, Tasks.of(results.provenance()), trials));
      }
      if (column.column().name().equals("ppl_recovered")) {
        columns.addAll(texts(trials, Tasks.of(results.provenance())));
      }
    }
    if (Repetition.isRepeated(trials)) {
      notes.add(REPEATED);
      return TableFormat.TABLE.write(repeated(columns, trials, notes));
    }
    Table table = table(columns, trials);
    return TableFormat.TABLE.write(new Table("", table.columns(), table.groups(), notes));
  }

  /** What is said of tables whose rows are repetitions. */
  public static final String REPEATED =
      "\u00b1 standard deviation over n seeds; results.csv and --each have every trial";

  /** Perplexities of further texts. */
  private static List<TrialColumn> texts(List<TrialResult> trials, Tasks tasks) {
    return Measures.named(trials).stream()
        .filter(measure -> measure.name().startsWith("perplexity."))
        .flatMap(measure -> TrialColumn.of(measure, tasks, trials).stream())
        .toList();
  }

  /** Rows of trials that differ in seeds alone. */
  private static Table repeated(
      List<TrialColumn> columns, List<TrialResult> trials, List<String> notes) {
    List<Column> titles = new ArrayList<>();
    columns.forEach(
        column ->
            titles.add(
                column.column().name().equals(TrialSettings.SEED)
                    ? Column.number("n", "n")
                    : column.column().ofMeans()));
    List<List<Cell>> rows = new ArrayList<>();
    for (List<TrialResult> group : Repetition.groups(trials)) {
      rows.add(columns.stream().map(column -> cell(column, group)).toList());
    }
    Table table = Table.of(titles, rows);
    return new Table("", table.columns(), table.groups(), notes);
  }

  /** Of a group: how many seeds, which trials, or a mean. */
  private static Cell cell(TrialColumn column, List<TrialResult> group) {
    String name = column.column().name();
    if (name.equals(TrialSettings.SEED)) {
      return Cell.of(Integer.toString(group.size()), group.size());
    }
    List<Cell> cells = group.stream().map(column.cell()).toList();
    return name.equals("trial")
        ? Cell.of(String.join(",", cells.stream().map(Cell::text).toList()))
        : Repetition.together(cells);
  }

  private static Table table(List<TrialColumn> columns, List<TrialResult> trials) {
    List<List<Cell>> rows =
        trials.stream()
            .map(trial -> columns.stream().map(column -> column.cell().apply(trial)).toList())
            .toList();
    return Table.of(columns.stream().map(TrialColumn::column).toList(), rows);
  }

  /** What all trials' evaluations have in common, or nothing. */
  public static Optional<String> settings(List<TrialResult> trials) {
    List<String> settings = new ArrayList<>();
    if (!trials.isEmpty()) {
      TrialResult first = trials.get(0);
      first.compute().required().ifPresent(compute -> settings.add("compute " + compute.label()));
      first
          .beginTokens()
          .perplexityBegin()
          .ifPresent(begin -> settings.add("perplexity-begin " + begin.label()));
      first
          .beginTokens()
          .beginToken()
          .ifPresent(begin -> settings.add("begin-token " + begin.label()));
    }
    return settings.isEmpty()
        ? Optional.empty()
        : Optional.of("evaluation: " + String.join(", ", settings));
  }

  /**
   * RFC 4180, with a header: the columns that have always been, and behind them what else of costs,
   * accuracies, speed and trainings is known of any trial, and the settings that trials differ in.
   */
  public static String csv(SweepResults results) {
    return TableFormat.CSV.write(table(columns(results), results.trials()));
  }

  /** The same of trials that differ in seeds alone together; nothing where there are none. */
  public static Optional<String> repetitions(SweepResults results) {
    List<TrialResult> trials = results.trials();
    return Repetition.isRepeated(trials)
        ? Optional.of(TableFormat.CSV.write(repeated(columns(results), trials, List.of())))
        : Optional.empty();
  }

  private static List<TrialColumn> columns(SweepResults results) {
    List<TrialResult> trials = results.trials();
    Tasks tasks = Tasks.of(results.provenance());
    List<TrialColumn> columns = new ArrayList<>(TrialColumn.ALL);
    for (Measure measure : Measures.named(trials)) {
      if (!NAMED.contains(measure)) {
        columns.addAll(TrialColumn.of(measure, tasks, trials));
      }
      if (measure.size()) {
        columns.addAll(TrialColumn.shares(measure, tasks, trials));
      }
    }
    columns.addAll(TrialColumn.settings(trials));
    return columns;
  }
}
