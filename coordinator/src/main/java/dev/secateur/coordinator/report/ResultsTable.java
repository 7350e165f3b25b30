package dev.secateur.coordinator.report;

import dev.secateur.coordinator.report.table.Cell;
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

  /** Columns aligned, one trial to a line; what is alike in all trials may be left out. */
  public static String text(SweepResults results) {
    List<TrialResult> trials = results.trials();
    List<String> notes = new ArrayList<>(Misses.of(trials));
    settings(trials).ifPresent(notes::add);
    Table table =
        table(TrialColumn.ALL.stream().filter(column -> column.isShown(trials)).toList(), trials);
    return TableFormat.TABLE.write(new Table("", table.columns(), table.groups(), notes));
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
      first.compute().ifPresent(compute -> settings.add("compute " + compute.label()));
      first.perplexityBegin().ifPresent(begin -> settings.add("perplexity-begin " + begin.label()));
      first.beginToken().ifPresent(begin -> settings.add("begin-token " + begin.label()));
    }
    return settings.isEmpty()
        ? Optional.empty()
        : Optional.of("evaluation: " + String.join(", ", settings));
  }

  /**
   * RFC 4180, with a header: the columns that have always been, and behind them what else of costs,
   * accuracies, speed and trainings is known of any trial.
   */
  public static String csv(SweepResults results) {
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
    return TableFormat.CSV.write(table(columns, trials));
  }
}
