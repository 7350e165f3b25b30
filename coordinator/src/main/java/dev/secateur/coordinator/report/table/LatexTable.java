package dev.secateur.coordinator.report.table;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A table in LaTeX with the rules of the package booktabs: the best number of a group is bold, the
 * second underlined. The notes below a table become its caption.
 */
final class LatexTable {
  private LatexTable() {}

  static String of(Table given) {
    Table table = given.withNotes();
    StringBuilder text = new StringBuilder();
    text.append("% \\usepackage{booktabs}\n\\begin{table}\n\\centering\n");
    text.append("\\begin{tabular}{");
    table.columns().forEach(column -> text.append(column.left() ? 'l' : 'r'));
    text.append("}\n\\toprule\n");
    text.append(line(table.columns().stream().map(c -> escaped(c.title())).toList()));
    for (Table.Group group : table.groups()) {
      text.append("\\midrule\n");
      if (!group.title().isEmpty()) {
        text.append("\\multicolumn{").append(table.columns().size()).append("}{l}{\\textit{");
        text.append(escaped(group.title())).append("}} \\\\\n");
      }
      group.rows().forEach(row -> text.append(line(row.stream().map(LatexTable::cell).toList())));
    }
    text.append("\\bottomrule\n\\end{tabular}\n");
    String caption = caption(table);
    if (!caption.isEmpty()) {
      text.append("\\caption{").append(caption).append("}\n");
    }
    return text.append("\\end{table}\n").toString();
  }

  private static String caption(Table table) {
    Stream<String> notes =
        table.notes().stream()
            .map(text -> Character.toUpperCase(text.charAt(0)) + text.substring(1));
    return Stream.concat(Stream.of(table.title()).filter(title -> !title.isEmpty()), notes)
        .map(text -> escaped(text) + ".")
        .collect(Collectors.joining(" "));
  }

  private static String line(List<String> cells) {
    return String.join(" & ", cells) + " \\\\\n";
  }

  private static String cell(Cell cell) {
    String text =
        cell.isKnown()
            ? escaped(cell.text())
                + cell.error().map(e -> " $\\pm$ " + escaped(e.text())).orElse("")
            : "--";
    return switch (cell.mark()) {
      case NONE -> text;
      case BEST -> "\\textbf{" + text + "}";
      case SECOND -> "\\underline{" + text + "}";
    };
  }

  /** Every sign that LaTeX gives a meaning, written as itself. */
  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.replaceAll("\\s*\\R\\s*", " / ")
        .codePoints()
        .forEach(
            sign ->
                escaped.append(
                    switch (sign) {
                      case '\\' -> "\\textbackslash{}";
                      case '~' -> "\\textasciitilde{}";
                      case '^' -> "\\textasciicircum{}";
                      case '<' -> "$<$";
                      case '>' -> "$>$";
                      case '|' -> "$|$";
                      case '\u2193' -> "$\\downarrow$";
                      case '\u2191' -> "$\\uparrow$";
                      case '\u00b1' -> "$\\pm$";
                      case '&', '%', '$', '#', '_', '{', '}' -> "\\" + Character.toString(sign);
                      default -> Character.toString(sign);
                    }));
    return escaped.toString();
  }
}
