package dev.secateur.coordinator.report.table;

import java.util.List;
import java.util.stream.Collectors;

/** A table in GitHub's Markdown: a group's title is a row of its own, the best numbers are bold. */
final class MarkdownTable {
  private MarkdownTable() {}

  static String of(Table given) {
    Table table = given.withNotes();
    StringBuilder text = new StringBuilder();
    if (!table.title().isEmpty()) {
      text.append("**").append(escaped(table.title())).append("**\n\n");
    }
    text.append(line(table.columns().stream().map(c -> escaped(c.title())).toList()));
    text.append(
        table.columns().stream()
            .map(column -> column.left() ? ":--" : "--:")
            .collect(Collectors.joining("|", "|", "|\n")));
    for (Table.Group group : table.groups()) {
      if (!group.title().isEmpty()) {
        text.append("| **").append(escaped(group.title())).append("** |");
        text.append(" |".repeat(table.columns().size() - 1)).append('\n');
      }
      group
          .rows()
          .forEach(row -> text.append(line(row.stream().map(MarkdownTable::cell).toList())));
    }
    table.notes().forEach(note -> text.append('\n').append(escaped(note)).append('\n'));
    return text.toString();
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static String cell(Cell cell) {
    String text = escaped(cell.shown(" \u00b1 "));
    return cell.mark() == Cell.Mark.BEST ? "**" + text + "**" : text;
  }

  private static String escaped(String text) {
    return text.replaceAll("([\\\\|*_<>`])", "\\\\$1").replaceAll("\\s*\\R\\s*", " / ");
  }
}
