package dev.secateur.coordinator.report.table;

import dev.secateur.protocol.Labelled;
import java.util.function.Function;

/** The output formats of tables. */
public enum TableFormat implements Labelled {
  /** Columns aligned. */
  TABLE(TextTable::of, "txt"),
  /** RFC 4180, with a header. */
  CSV(CsvTable::of, "csv"),
  /** An array of objects. */
  JSON(JsonTable::of, "json"),
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
}
