package dev.secateur.coordinator.report.table;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/** Writes CSV (RFC 4180); values stand in quotes only where they need them. */
public final class Csv {
  private static final CsvMapper MAPPER =
      CsvMapper.builder().enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING).build();

  private final ObjectWriter writer;

  /**
   * @param lineEnd what ends each line, the last too
   */
  public Csv(String lineEnd) {
    this.writer = MAPPER.writer(CsvSchema.emptySchema().withLineSeparator(lineEnd));
  }

  /** All rows, the header's too; values are strings or numbers. */
  public String write(List<? extends List<?>> rows) {
    StringWriter text = new StringWriter();
    try (SequenceWriter lines = writer.writeValues(text)) {
      lines.writeAll(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }
}
