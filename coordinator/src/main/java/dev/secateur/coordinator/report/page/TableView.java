package dev.secateur.coordinator.report.page;

import dev.secateur.coordinator.report.markup.Html;
import dev.secateur.coordinator.report.table.Cell;
import dev.secateur.coordinator.report.table.Table;
import java.util.List;

/** A table of trials; each number has its exact value in {@code <data value>}. */
final class TableView {
  /** What a table has at most, so that browsers can bear it. */
  private static final int CELLS = 100_000;

  private static final int LONGEST = 200;

  /** What stands in one line. */
  private static final int BRIEF = 24;

  private TableView() {}

  /**
   * @param label what it is called where it is not seen
   */
  static void write(Html html, String label, Table table) {
    Table shown = table.withNotes();
    int most = CELLS / Math.max(1, shown.columns().size());
    int all = shown.groups().stream().mapToInt(group -> group.rows().size()).sum();
    html.open("div", "class", "wide", "role", "region", "tabindex", "0", "aria-label", label);
    html.open("table").open("thead").open("tr");
    boolean[] numbers = numbers(shown);
    for (int i = 0; i < numbers.length; i++) {
      String title = Html.brief(shown.columns().get(i).title(), 60);
      html.element("th", title, "scope", "col", "class", numbers[i] ? "number" : "short");
    }
    html.close().closeLine();
    int left = most;
    for (Table.Group group : shown.groups()) {
      List<List<Cell>> rows = group.rows().subList(0, Math.min(left, group.rows().size()));
      left -= rows.size();
      write(html, numbers, group.title(), rows);
    }
    html.close().closeLine();
    if (all > most) {
      html.element("p", "The first " + most + " of " + all + " rows; results.csv has all.");
    }
    notes(html, shown.notes());
  }

  /** Remarks below something. */
  static void notes(Html html, List<String> notes) {
    if (!notes.isEmpty()) {
      html.open("ul", "class", "notes");
      notes.forEach(note -> html.element("li", Html.brief(note, 10 * LONGEST)));
      html.closeLine();
    }
  }

  private static void write(Html html, boolean[] numbers, String title, List<List<Cell>> rows) {
    html.open("tbody");
    if (!title.isEmpty()) {
      String columns = Integer.toString(numbers.length);
      html.open("tr");
      html.element("th", Html.brief(title, LONGEST), "scope", "rowgroup", "colspan", columns);
      html.closeLine();
    }
    for (List<Cell> row : rows) {
      html.open("tr");
      for (int i = 0; i < numbers.length; i++) {
        Cell cell = row.get(i);
        String brief = cell.text().length() <= BRIEF ? "short" : "text";
        html.open("td", "class", numbers[i] ? "number" : brief);
        write(html, cell);
        html.close();
      }
      html.closeLine();
    }
    html.closeLine();
  }

  private static void write(Html html, Cell cell) {
    String text = Html.brief(cell.text(), LONGEST);
    if (text.isEmpty()) {
      html.text("\u2013");
    } else if (cell.number().isPresent()) {
      html.element("data", text, "value", cell.number().get().toString());
    } else {
      html.text(text);
    }
    cell.error().ifPresent(error -> html.text(" \u00b1 " + error.text()));
  }

  /** Of each column, whether all that is known of it are numbers. */
  private static boolean[] numbers(Table table) {
    boolean[] numbers = new boolean[table.columns().size()];
    for (int i = 0; i < numbers.length; i++) {
      int column = i;
      numbers[i] =
          table.groups().stream()
              .flatMap(group -> group.rows().stream().map(row -> row.get(column)))
              .allMatch(cell -> cell.number().isPresent() || cell.text().isEmpty());
    }
    return numbers;
  }
}
