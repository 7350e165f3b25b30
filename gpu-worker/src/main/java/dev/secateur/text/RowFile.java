package dev.secateur.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.input.BoundedFile;
import dev.secateur.input.BoundedStream;
import dev.secateur.input.JsonFile;
import dev.secateur.input.Utf8;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Rows of a data set in a file: JSON objects, one a line or in an array, or Parquet. JSON may be
 * compressed with gzip.
 */
public final class RowFile {
  private static final Pattern JSON = Pattern.compile(".*\\.jsonl?(\\.gz)?");

  private static final Pattern LINES = Pattern.compile(".*\\.jsonl(\\.gz)?");

  /** The largest row, in bytes: a line, a value in an array, a cell. */
  static final long LARGEST_ROW = 64L << 20;

  static final String TOO_LARGE =
      "the row is larger than the " + (LARGEST_ROW >> 20) + " MiB allowed for a row";

  /** Of values one after the other. */
  private static final ObjectMapper SEQUENCE = new ObjectMapper(JsonFile.factory());

  /** Of a line's only value. */
  private static final ObjectMapper LINE = JsonFile.mapper();

  private RowFile() {}

  /** Whether the file's name says that it has rows. */
  public static boolean isOne(Path file) {
    return JSON.matcher(file.toString()).matches() || isParquet(file);
  }

  /**
   * Each row as something.
   *
   * @throws InputException when the file can't be read, has no row, or a row makes no sense; with
   *     file and line, or row
   */
  public static <T> List<T> read(Path file, Function<JsonNode, T> row) {
    List<T> rows =
        isParquet(file)
            ? parquet(file, row)
            : LINES.matcher(file.toString()).matches() ? lines(file, row) : json(file, row);
    if (rows.isEmpty()) {
      throw new InputException(file + ": has no rows");
    }
    return rows;
  }

  /** A field of each row that is a text. */
  public static List<String> texts(Path file, String field) {
    return read(
        file,
        row -> {
          return text(row, field);
        });
  }

  /**
   * A field of a row.
   *
   * @throws InputException when it is missing or no text; names the fields that there are
   */
  static String text(JsonNode row, String field) {
    JsonNode value = row.path(field);
    if (!value.isTextual()) {
      throw new InputException("'" + field + "' is missing, or not a string; " + fields(row));
    }
    return value.asText();
  }

  private static String fields(JsonNode row) {
    List<String> names = new ArrayList<>();
    row.fieldNames().forEachRemaining(names::add);
    return row.isObject()
        ? "the row has " + String.join(", ", names.subList(0, Math.min(8, names.size())))
        : "the row is not a JSON object";
  }

  private static boolean isParquet(Path file) {
    return file.toString().endsWith(".parquet");
  }

  /** Values one after the other, or an array of them. */
  private static <T> List<T> json(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    long line = 1;
    try (BoundedStream content = new BoundedStream(BoundedFile.open(file), LARGEST_ROW, TOO_LARGE);
        MappingIterator<JsonNode> values = SEQUENCE.readerFor(JsonNode.class).readValues(content)) {
      while (values.hasNextValue()) {
        JsonNode value = values.nextValue();
        line = values.getCurrentLocation().getLineNr();
        rows.add(row.apply(value));
        content.restart();
      }
    } catch (InputException e) {
      throw at(file, line, e);
    } catch (JsonProcessingException e) {
      throw JsonFile.invalid(file, e);
    } catch (IOException e) {
      throw BoundedFile.unreadable(file, e);
    }
    return rows;
  }

  /** A value a line, so that a line that is cut does not take the next with it. */
  private static <T> List<T> lines(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    try (TextLines lines = new TextLines(BoundedFile.open(file), LARGEST_ROW)) {
      try {
        for (byte[] line = lines.next(); line.length > 0; line = lines.next()) {
          String text = withoutMark(Utf8.text(line, file.toString(), lines.number()));
          if (!text.isBlank()) {
            rows.add(row.apply(LINE.readTree(text)));
          }
        }
      } catch (InputException e) {
        throw at(file, lines.number(), e);
      } catch (JsonProcessingException e) {
        String where = file + ":" + lines.number();
        throw new InputException(where + ": not valid JSON: " + JsonFile.reason(e), e);
      }
    } catch (IOException e) {
      throw BoundedFile.unreadable(file, e);
    }
    return rows;
  }

  /** Without the mark that some editors begin UTF-8 files with. */
  private static String withoutMark(String text) {
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** An error with file and line, unless it names the file itself. */
  private static InputException at(Path file, long line, InputException e) {
    return e.getMessage().startsWith(file.toString())
        ? e
        : new InputException(file + ":" + line + ": " + e.getMessage(), e);
  }

  private static <T> List<T> parquet(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    try {
      ParquetRows.read(file, value -> rows.add(row.apply(value)));
    } catch (InputException e) {
      throw new InputException(file + ": row " + (rows.size() + 1) + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new InputException(file + ": not a Parquet file that can be read: " + reason, e);
    }
    return rows;
  }
}
