package dev.secateur.coordinator.report.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.protocol.Labelled;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How a table is written. */
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
    List<List<String>> lines = new ArrayList<>();
    lines.add(table.columns().stream().map(Column::title).toList());
    table
        .rows()
        .forEach(row -> lines.add(row.stream().map(cell -> cell.shown(" \u00b1 ")).toList()));
    StringBuilder text = new StringBuilder();
    if (!table.title().isEmpty()) {
      text.append(table.title()).append('\n');
    }
    append(text, table, lines, 0);
    int at = 1;
    for (Table.Group group : table.groups()) {
      if (!group.title().isEmpty()) {
        text.append('\n').append(group.title()).append('\n');
      }
      for (int row = 0; row < group.rows().size(); row++) {
        append(text, table, lines, at++);
      }
    }
    table.notes().forEach(note -> text.append(note).append('\n'));
    return text.toString();
  }

  private static void append(
      StringBuilder text, Table table, List<List<String>> lines, int number) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < table.columns().size(); i++) {
      int column = i;
      int width = lines.stream().mapToInt(l -> l.get(column).length()).max().orElse(1);
      String alignment = table.columns().get(i).left() ? "-" : "";
      String cell = lines.get(number).get(i);
      line.append(String.format("%" + alignment + Math.max(1, width) + "s  ", cell));
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }

  private static String csv(Table table) {
    StringBuilder text = new StringBuilder();
    text.append(line(table.fields()));
    for (List<Cell> row : table.rows()) {
      List<String> fields = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        fields.add(row.get(i).text());
        if (table.hasErrors(i)) {
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
    ArrayNode rows = new ObjectMapper().createArrayNode();
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
        cell.error().ifPresent(e -> object.put(column.errors(), e.value()));
      }
    }
    try {
      return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(rows) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
