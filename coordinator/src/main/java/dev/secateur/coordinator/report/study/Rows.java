package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Repetition;
import dev.secateur.coordinator.report.TrialSettings;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Which trials are a row of a table: those that differ in seeds alone, or each.
 *
 * @param rows each of one trial at least
 */
record Rows(List<List<Entry>> rows) {

  /** A column of rows. */
  record RowColumn(Column column, Function<List<Entry>, Cell> cell) {}

  /**
   * @param each whether every trial is a row
   */
  static Rows of(List<Entry> entries, boolean each) {
    if (each) {
      return new Rows(entries.stream().map(List::of).toList());
    }
    List<List<Entry>> rows = new ArrayList<>();
    for (List<Entry> alike : groups(entries, Axis.varying(entries))) {
      if (alike.stream().map(Rows::seed).distinct().count() == alike.size()) {
        rows.add(alike);
      } else {
        alike.forEach(entry -> rows.add(List.of(entry))); // the same seed twice repeats nothing
      }
    }
    return new Rows(rows);
  }

  private static List<List<Entry>> groups(List<Entry> entries, List<Axis> varying) {
    Map<List<Object>, List<Entry>> groups = new LinkedHashMap<>();
    for (Entry entry : entries) {
      List<Object> key = List.of(Repetition.key(entry.trial()), Axis.label(varying, entry));
      groups.computeIfAbsent(key, any -> new ArrayList<>()).add(entry);
    }
    return List.copyOf(groups.values());
  }

  /** What a trial draws with; of results that do not say it, what its run says. */
  static String seed(Entry entry) {
    return Axis.setting(TrialSettings.SEED).value().apply(entry);
  }

  boolean isRepeated() {
    return rows.stream().anyMatch(row -> row.size() > 1);
  }

  /** The trials of a row as one. */
  RowColumn column(Columns.One one) {
    if (!isRepeated()) {
      return new RowColumn(one.column(), row -> one.cell().apply(row.get(0)));
    }
    String name = one.column().name();
    if (name.equals(TrialSettings.SEED)) {
      return new RowColumn(
          Column.number("n", "n"), row -> Cell.of(Integer.toString(row.size()), row.size()));
    } else if (name.equals("trial")) {
      return new RowColumn(
          Column.text(name, name),
          row ->
              Cell.of(
                  row.stream()
                      .map(entry -> Integer.toString(entry.trial().trial()))
                      .collect(Collectors.joining(","))));
    }
    return new RowColumn(
        one.column().ofMeans(), row -> Repetition.together(row.stream().map(one.cell()).toList()));
  }

  /** The differences of a column to trials that are compared with. */
  static RowColumn difference(Columns.One one, List<Entry> reference) {
    Map<String, Cell> to = bySeed(one, reference);
    return new RowColumn(
        one.column().ofDifferences(), row -> Repetition.difference(bySeed(one, row), to));
  }

  private static Map<String, Cell> bySeed(Columns.One one, List<Entry> row) {
    Map<String, Cell> cells = new LinkedHashMap<>();
    row.forEach(entry -> cells.put(seed(entry), one.cell().apply(entry)));
    return cells;
  }

  /**
   * The trials that differ in seeds alone from one of the first run.
   *
   * @throws InputException when there is no such trial
   */
  List<Entry> with(int trial, List<Run> runs) {
    List<Entry> all = rows.stream().flatMap(List::stream).toList();
    Entry wanted =
        all.stream()
            .filter(entry -> entry.run() == runs.get(0) && entry.trial().trial() == trial)
            .findFirst()
            .orElseThrow(
                () ->
                    new InputException(
                        "--reference is "
                            + trial
                            + ", and "
                            + runs.get(0).name()
                            + " has no such trial"));
    return groups(all, Axis.varying(all)).stream()
        .filter(group -> group.contains(wanted))
        .findFirst()
        .orElseThrow();
  }
}
