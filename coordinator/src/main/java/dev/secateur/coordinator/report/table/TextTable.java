package dev.secateur.coordinator.report.table;

import java.util.Arrays;
import java.util.List;

/** A table as plain text: columns are aligned, a group's title stands above its rows. */
final class TextTable {
  private TextTable() {}

  /** The texts of a group's cells. */
  private record TextGroup(String title, List<List<String>> rows) {
    static TextGroup of(Table.Group group) {
      return new TextGroup(
          group.title(),
          group.rows().stream()
              .map(row -> row.stream().map(cell -> cell.shown(" \u00b1 ")).toList())
              .toList());
    }
  }

  static String of(Table given) {
    Table table = given.withNotes();
    List<String> titles = table.columns().stream().map(Column::title).toList();
    List<TextGroup> groups = table.groups().stream().map(TextGroup::of).toList();
    int[] widths = widths(titles, groups);
    StringBuilder text = new StringBuilder();
    if (!table.title().isEmpty()) {
      text.append(table.title()).append('\n');
    }
    text.append(aligned(titles, table.columns(), widths));
    for (TextGroup group : groups) {
      text.append(group.title().isEmpty() ? "" : "\n" + group.title() + "\n");
      group.rows().forEach(row -> text.append(aligned(row, table.columns(), widths)));
    }
    table.notes().forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  private static int[] widths(List<String> titles, List<TextGroup> groups) {
    int[] widths = titles.stream().mapToInt(String::length).toArray();
    for (TextGroup group : groups) {
      for (List<String> row : group.rows()) {
        Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length()));
      }
    }
    return widths;
  }

  private static String aligned(List<String> cells, List<Column> columns, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String alignment = columns.get(i).left() ? "-" : "";
      line.append(String.format("%" + alignment + Math.max(1, widths[i]) + "s  ", cells.get(i)));
    }
    return line.toString().stripTrailing() + "\n";
  }
}
