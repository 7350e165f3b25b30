package dev.secateur.coordinator.report.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.Labelled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The output formats of tables. */
public enum TableFormat implements Labelled {
  /** Columns aligned. */
  TABLE(TableFormat::text, "txt"),
  /** RFC 4180, with a header. */
  CSV(TableFormat::csv, "csv"),
  /** An array of objects. */
  JSON(TableFormat::json, "json"),
  /** As GitHub has it. */
  MARKDOWN(MarkdownTable::of, "md"),
  /** For the package booktabs. */
  LATEX(LatexTable::of, "tex");

  private final Function<Table, String> writer;
  private final String ending;

  TableFormat(Function<Table, String> writer, String ending) {
    this.writer = writer;
    this.ending = ending;
  }

  /** The whole table, ended by a line's end. */
  public String write(Table table) {
    return writer.apply(table);
  }

  /** Of the names of files. */
  public String ending() {
    return ending;
  }

  /** Whether programs read it. */
  public boolean isData() {
    return this == CSV || this == JSON;
  }

  /** Whether it is for a document. */
  public boolean isLaidOut() {
    return this == MARKDOWN || this == LATEX;
  }

  private static String text(Table given) {
    Table table = given.withNotes();
    List<String> titles = table.columns().stream().map(Column::title).toList();
    List<List<List<String>>> groups = new ArrayList<>();
    int[] widths = titles.stream().mapToInt(String::length).toArray();
    for (Table.Group group : table.groups()) {
      List<List<String>> lines =
          group.rows().stream()
              .map(row -> row.stream().map(cell -> cell.shown(" \u00b1 ")).toList())
              .toList();
      for (List<String> line : lines) {
        Arrays.setAll(widths, i -> Math.max(widths[i], line.get(i).length()));
      }
      groups.add(lines);
    }
    StringBuilder text = new StringBuilder();
    if (!table.title().isEmpty()) {
      text.append(table.title()).append('\n');
    }
    text.append(aligned(titles, table.columns(), widths));
    for (int i = 0; i < groups.size(); i++) {
      String title = table.groups().get(i).title();
      text.append(title.isEmpty() ? "" : "\n" + title + "\n");
      groups.get(i).forEach(l -> text.append(aligned(l, table.columns(), widths)));
    }
    table.notes().forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  private static String aligned(List<String> cells, List<Column> columns, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String alignment = columns.get(i).left() ? "-" : "";
      line.append(String.format("%" + alignment + Math.max(1, widths[i]) + "s  ", cells.get(i)));
    }
    return line.toString().stripTrailing() + "\n";
  }

  private static String csv(Table table) {
    boolean[] errors = table.errors();
    StringBuilder text = new StringBuilder();
    text.append(line(table.fields(errors)));
    for (List<Cell> row : table.rows()) {
      List<String> fields = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        fields.add(row.get(i).text());
        if (errors[i]) {
          fields.add(row.get(i).error().map(Cell.Spread::text).orElse(""));
        }
      }
      text.append(line(fields));
    }
    return text.toString();
  }

  private static String line(List<String> fields) {
    return fields.stream().map(TableFormat::quoted).collect(Collectors.joining(",", "", "\r\n"));
  }

  private static String quoted(String cell) {
    return cell.matches("(?s).*[\",\r\n].*") ? '"' + cell.replace("\"", "\"\"") + '"' : cell;
  }

  private static String json(Table table) {
    ArrayNode rows = Json.MAPPER.createArrayNode();
    for (List<Cell> row : table.rows()) {
      ObjectNode object = rows.addObject();
      for (int i = 0; i < row.size(); i++) {
        Cell cell = row.get(i);
        Column column = table.columns().get(i);
        if (cell.number().isPresent()) {
          object.putPOJO(column.name(), cell.number().get());
        } else if (cell.isKnown()) {
          object.put(column.name(), cell.text());
        } else {
          object.putNull(column.name());
        }
        cell.error().ifPresent(e -> object.put(column.errorsName(), e.value()));
      }
    }
    try {
      return Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
