package dev.secateur.coordinator.report.table;

import java.util.ArrayList;
import java.util.List;

/** A table as CSV: a header, then all rows; the errors of numbers have columns of their own. */
final class CsvTable {
  private static final Csv RFC_4180 = new Csv("\r\n");

  private CsvTable() {}

  static String of(Table table) {
    boolean[] errors = table.errors();
    List<List<String>> rows = new ArrayList<>();
    rows.add(table.fields(errors));
    table.rows().forEach(row -> rows.add(fields(row, errors)));
    return RFC_4180.write(rows);
  }

  private static List<String> fields(List<Cell> row, boolean[] errors) {
    List<String> fields = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      fields.add(row.get(i).text());
      if (errors[i]) {
        fields.add(row.get(i).error().map(Cell.Spread::text).orElse(""));
      }
    }
    return fields;
  }
}
