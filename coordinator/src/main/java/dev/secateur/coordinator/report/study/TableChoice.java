package dev.secateur.coordinator.report.study;

import dev.secateur.coordinator.report.Evaluated;
import dev.secateur.coordinator.report.Misses;
import dev.secateur.coordinator.report.ResultsTable;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.coordinator.report.study.Run.Entry;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Table;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A table of trials, as somebody wants it.
 *
 * @param columns names; what is worth a look where it is empty
 * @param sort names of columns, with a hyphen before it where the largest is first
 * @param group names of columns whose values make groups
 */
public record TableChoice(List<String> columns, List<String> sort, List<String> group) {
  public static final TableChoice NONE = new TableChoice(List.of(), List.of(), List.of());

  /** The same with every column where none is chosen. */
  TableChoice orAll() {
    return columns.isEmpty() ? new TableChoice(List.of("all"), sort, group) : this;
  }

  /** The table; every trial is a row. */
  public Table of(List<Run> runs) {
    Columns all = new Columns(runs);
    List<Columns.One> shown = new ArrayList<>();
    if (columns.isEmpty()) {
      shown.addAll(all.usual());
      shown.removeIf(one -> group.contains(one.column().name()));
    } else {
      columns.forEach(name -> shown.addAll(all.named(name)));
    }
    List<Entry> entries = new ArrayList<>(Run.entries(runs));
    if (!sort.isEmpty()) {
      entries.sort(order(all));
    }
    List<Columns.One> by = group.stream().map(all::key).toList();
    Map<String, List<List<Cell>>> groups = new LinkedHashMap<>();
    for (Entry entry : entries) {
      groups
          .computeIfAbsent(title(by, entry), title -> new ArrayList<>())
          .add(shown.stream().map(one -> one.cell().apply(entry)).toList());
    }
    List<Table.Group> rows = new ArrayList<>();
    groups.forEach((title, of) -> rows.add(new Table.Group(title, of)));
    return new Table(
        "", shown.stream().map(Columns.One::column).toList(), rows, notes(runs, shown));
  }

  private static String title(List<Columns.One> by, Entry entry) {
    return String.join(
        ", ",
        by.stream()
            .map(one -> one.column().title() + " " + one.cell().apply(entry).text())
            .toList());
  }

  /** Unknown values come last, whichever way. */
  private Comparator<Entry> order(Columns all) {
    Comparator<Entry> order = (a, b) -> 0;
    for (String name : sort) {
      boolean falling = name.startsWith("-");
      Columns.One by = all.key(falling ? name.substring(1) : name);
      Comparator<Cell> values = falling ? TableChoice.<Cell>values().reversed() : values();
      order =
          order.thenComparing(
              by.cell()::apply,
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
