package dev.secateur.coordinator.report.table;

import dev.secateur.coordinator.report.table.Cell.Mark;
import dev.secateur.coordinator.report.table.Column.Better;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Rows in groups.
 *
 * @param title empty for none
 * @param notes lines below
 */
public record Table(String title, List<Column> columns, List<Group> groups, List<String> notes) {
  /**
   * Rows that stand together.
   *
   * @param title empty where they have none
   */
  public record Group(String title, List<List<Cell>> rows) {}

  /** Rows in one group without a title. */
  public static Table of(List<Column> columns, List<List<Cell>> rows) {
    return new Table("", columns, List.of(new Group("", rows)), List.of());
  }

  List<List<Cell>> rows() {
    return groups.stream().flatMap(group -> group.rows().stream()).toList();
  }

  /** Of each column, whether any number of it has an error. */
  boolean[] errors() {
    boolean[] errors = new boolean[columns.size()];
    for (List<Cell> row : rows()) {
      for (int i = 0; i < errors.length; i++) {
        errors[i] |= row.get(i).error().isPresent();
      }
    }
    return errors;
  }

  /** The same with the best numbers of each group and column marked, and those after them. */
  public Table marked() {
    List<Group> all = new ArrayList<>();
    for (Group group : groups) {
      List<List<Cell>> rows = group.rows();
      for (int i = 0; i < columns.size() && rows.size() > 1; i++) {
        rows = marked(rows, i, columns.get(i).better());
      }
      all.add(new Group(group.title(), rows));
    }
    return new Table(title, columns, all, notes);
  }

  private static List<List<Cell>> marked(List<List<Cell>> rows, int column, Better better) {
    Comparator<Double> order = Comparator.naturalOrder();
    List<Double> best =
        better == Better.NEITHER
            ? List.of()
            : rows.stream()
                .flatMap(row -> row.get(column).number().stream())
                .map(Number::doubleValue)
                .filter(Double::isFinite)
                .distinct()
                .sorted(better == Better.LOWER ? order : order.reversed())
                .limit(rows.size() > 2 ? 2 : 1)
                .toList();
    boolean alike = rows.stream().map(row -> row.get(column).number()).distinct().count() < 2;
    if (best.isEmpty() || alike) {
      return rows; // none is better than another
    }
    return rows.stream()
        .map(
            row -> {
              List<Cell> cells = new ArrayList<>(row);
              int place =
                  row.get(column).number().map(n -> best.indexOf(n.doubleValue())).orElse(-1);
              cells.set(column, row.get(column).marked(place < 0 ? Mark.NONE : mark(place)));
              return List.copyOf(cells);
            })
        .toList();
  }

  private static Mark mark(int place) {
    return place == 0 ? Mark.BEST : Mark.SECOND;
  }

  /** The same where long texts that several rows share are said once, in a note. */
  public Table withNotes() {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    List<String> said = new ArrayList<>(notes);
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).noted()) {
        int column = i;
        Map<String, Long> counts = new LinkedHashMap<>();
        rows().forEach(row -> counts.merge(row.get(column).text(), 1L, Long::sum));
        counts.forEach(
            (text, count) -> {
              if (!text.isEmpty() && count > 1) {
                numbers.put(text, numbers.size() + 1);
                String line = text.strip().replaceAll("\\s*\\R\\s*", " / ");
                said.add("[" + numbers.size() + "] " + count + " rows: " + line);
              }
            });
      }
    }
    return numbers.isEmpty() ? this : new Table(title, columns, noted(numbers), said);
  }

  private List<Group> noted(Map<String, Integer> numbers) {
    return groups.stream()
        .map(
            group ->
                new Group(
                    group.title(), group.rows().stream().map(row -> noted(row, numbers)).toList()))
        .toList();
  }

  private List<Cell> noted(List<Cell> row, Map<String, Integer> numbers) {
    return IntStream.range(0, row.size())
        .mapToObj(
            i ->
                columns.get(i).noted() && numbers.containsKey(row.get(i).text())
                    ? Cell.of("[" + numbers.get(row.get(i).text()) + "]")
                    : row.get(i))
        .toList();
  }

  /** The columns of files: the errors of numbers stand beside them. */
  List<String> fields(boolean[] errors) {
    return IntStream.range(0, columns.size())
        .boxed()
        .flatMap(
            i ->
                errors[i]
                    ? Stream.of(columns.get(i).name(), columns.get(i).errorsName())
                    : Stream.of(columns.get(i).name()))
        .toList();
  }
}
