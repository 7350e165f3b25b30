package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Misses;
import dev.secateur.coordinator.report.Repetition;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Rows.RowColumn;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Column;
import dev.secateur.coordinator.report.table.Table;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The choice of a table of trials.
 *
 * @param columns names; if empty, a useful selection
 * @param sort names of columns, each with a hyphen before it if the largest is first
 * @param group names of columns whose values make groups
 * @param each whether trials that differ only in seeds have a row each, instead of a common one
 * @param comparison what numbers of trials are compared with
 */
public record TableChoice(
    List<String> columns,
    List<String> sort,
    List<String> group,
    boolean each,
    Comparison comparison) {
  public static final TableChoice NONE = new TableChoice(List.of(), List.of(), List.of());

  /** What numbers of trials are compared with. */
  public sealed interface Comparison {
    /** With nothing. */
    record None() implements Comparison {}

    /** With those of a trial of the first run, seed by seed. */
    record WithTrial(int trial) implements Comparison {}
  }

  public TableChoice(List<String> columns, List<String> sort, List<String> group) {
    this(columns, sort, group, false, new Comparison.None());
  }

  /** The same with every column where none is chosen. */
  TableChoice orAll() {
    return columns.isEmpty()
        ? new TableChoice(List.of("all"), sort, group, each, comparison)
        : this;
  }

  /**
   * The table.
   *
   * @throws InputException when a name is unknown, or there is no such trial to compare with
   */
  public Table of(List<Run> runs) {
    Columns all = new Columns(runs);
    List<Columns.One> shown = new ArrayList<>();
    if (columns.isEmpty()) {
      shown.addAll(all.usual());
      shown.removeIf(one -> group.contains(one.column().name()));
    } else {
      columns.forEach(name -> shown.addAll(all.named(name)));
    }
    Rows rows = Rows.of(Run.entries(runs), each);
    List<RowColumn> columnsOfRows = new ArrayList<>();
    List<Entry> reference =
        comparison instanceof Comparison.WithTrial with ? rows.with(with.trial(), runs) : List.of();
    for (Columns.One one : shown) {
      columnsOfRows.add(rows.column(one));
      if (!reference.isEmpty() && one.column().better() != Column.Better.NEITHER) {
        columnsOfRows.add(Rows.difference(one, reference));
      }
    }
    List<List<Entry>> sorted = new ArrayList<>(rows.rows());
    if (!sort.isEmpty()) {
      sorted.sort(order(all));
    }
    List<Columns.One> by = group.stream().map(all::key).toList();
    Map<String, List<List<Cell>>> groups = new LinkedHashMap<>();
    for (List<Entry> row : sorted) {
      groups
          .computeIfAbsent(title(by, row.get(0)), title -> new ArrayList<>())
          .add(columnsOfRows.stream().map(column -> column.cell().apply(row)).toList());
    }
    List<Table.Group> grouped = new ArrayList<>();
    groups.forEach((title, of) -> grouped.add(new Table.Group(title, of)));
    List<String> notes = new ArrayList<>(notes(runs, shown));
    if (rows.isRepeated()) {
      notes.add(ResultsTable.REPEATED);
    }
    if (comparison instanceof Comparison.WithTrial with) {
      notes.add(
          "diff: to trial "
              + with.trial()
              + ", mean and deviation of differences of the same seed");
    }
    return new Table("", columnsOfRows.stream().map(RowColumn::column).toList(), grouped, notes);
  }

  private static String title(List<Columns.One> by, Entry entry) {
    return String.join(
        ", ",
        by.stream()
            .map(one -> one.column().title() + " " + one.cell().apply(entry).text())
            .toList());
  }

  /** Unknown values come last, whichever way. */
  private Comparator<List<Entry>> order(Columns all) {
    Comparator<List<Entry>> order = (unusedOne, unusedOther) -> 0;
    for (String name : sort) {
      boolean falling = name.startsWith("-");
      Columns.One by = all.key(falling ? name.substring(1) : name);
      Comparator<Cell> values = falling ? TableChoice.<Cell>values().reversed() : values();
      order =
          order.thenComparing(
              row -> Repetition.together(row.stream().map(by.cell()).toList()),
              Comparator.comparing((Cell cell) -> cell.text().isEmpty()).thenComparing(values));
    }
    return order;
  }

  private static <C extends Cell> Comparator<C> values() {
    return Comparator.<C>comparingDouble(cell -> cell.number().map(Number::doubleValue).orElse(0.0))
        .thenComparing(cell -> cell.number().isPresent() ? "" : cell.text());
  }

  private static List<String> notes(List<Run> runs, List<Columns.One> shown) {
    Set<String> notes = new LinkedHashSet<>();
    boolean averages = shown.stream().anyMatch(one -> one.column().name().startsWith("average"));
    for (Run run : runs) {
      String of = runs.size() > 1 ? run.name() + ": " : "";
      Misses.of(run.results().trials()).forEach(miss -> notes.add(of + miss));
    }
    if (averages) {
      notes.addAll(averages(runs));
    }
    for (Run run : runs) {
      ResultsTable.settings(run.results().trials()).ifPresent(notes::add);
    }
    return List.copyOf(notes);
  }

  /** What the averages are of. */
  static Set<String> averages(List<Run> runs) {
    Set<String> rules = new LinkedHashSet<>();
    for (Run run : runs) {
      for (TrialResult trial : run.results().trials()) {
        for (Evaluated model : Evaluated.values()) {
          run.tasks().rule(trial, model).ifPresent(rule -> rules.add("average: " + rule));
        }
      }
    }
    return rules;
  }
}
