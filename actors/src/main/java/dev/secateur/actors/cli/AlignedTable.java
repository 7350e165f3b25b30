package dev.secateur.actors.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.ColorScheme;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.TextTable;

/**
 * A printed table. Columns are as wide as their contents, with two spaces between them; a column
 * without contents is left out, and so is the line of heads where no column has one.
 */
final class AlignedTable {
  private static final int GAP = 2;
  private static final ColorScheme PLAIN = Help.defaultColorScheme(Ansi.OFF);

  private final List<Head> heads;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * The head of a column.
   *
   * @param text empty where it has none
   * @param isOfNumbers whether its cells end where it ends, instead of starting where it starts
   */
  record Head(String text, boolean isOfNumbers) {
    static Head words(String text) {
      return new Head(text, false);
    }

    static Head numbers(String text) {
      return new Head(text, true);
    }
  }

  AlignedTable(List<Head> heads) {
    this.heads = List.copyOf(heads);
    List<String> texts = heads.stream().map(Head::text).toList();
    if (!texts.stream().allMatch(String::isEmpty)) {
      rows.add(texts);
    }
  }

  AlignedTable(Head... heads) {
    this(List.of(heads));
  }

  /** Adds a row with a cell for each column. */
  void add(Object... cells) {
    add(Arrays.asList(cells));
  }

  void add(List<?> cells) {
    if (cells.size() != heads.size()) {
      throw new IllegalArgumentException(cells.size() + " cells in " + heads.size() + " columns");
    }
    rows.add(cells.stream().map(String::valueOf).toList());
  }

  void print(PrintWriter out) {
    out.print(text());
  }

  /** The table's lines, none of which ends with spaces. */
  String text() {
    int[] widths = IntStream.range(0, heads.size()).map(this::width).toArray();
    int[] shown = IntStream.range(0, widths.length).filter(column -> widths[column] > 0).toArray();
    if (shown.length == 0) {
      return "";
    }
    TextTable table =
        TextTable.forColumns(
            PLAIN,
            IntStream.of(shown)
                .mapToObj(column -> column(widths[column], column == shown[0] ? 0 : GAP))
                .toArray(Column[]::new));
    for (List<String> row : rows) {
      table.addRowValues(
          IntStream.of(shown)
              .mapToObj(column -> cell(row.get(column), heads.get(column), widths[column]))
              .toArray(Ansi.Text[]::new));
    }
    return table.toString();
  }

  private int width(int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static Column column(int width, int indent) {
    return new Column(indent + width, indent, Column.Overflow.TRUNCATE);
  }

  /** As it is: picocli would take markup out of a text that users wrote. */
  private static Ansi.Text cell(String text, Head head, int width) {
    String padding = head.isOfNumbers() ? " ".repeat(width - text.length()) : "";
    return PLAIN.apply(padding + text, List.of());
  }
}
