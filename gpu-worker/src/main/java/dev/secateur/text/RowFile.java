package dev.secateur.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Rows of a data set in a file: JSON objects, one a line or in an array, or Parquet. JSON may be
 * compressed with gzip.
 */
public final class RowFile {
  private static final Pattern JSON = Pattern.compile(".*\\.jsonl?(\\.gz)?");

  private static final Pattern LINES = Pattern.compile(".*\\.jsonl(\\.gz)?");

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
          JsonNode value = row.path(field);
          if (!value.isTextual()) {
            throw new InputException("'" + field + "' is missing, or no text");
          }
          return value.asText();
        });
  }

  private static boolean isParquet(Path file) {
    return file.toString().endsWith(".parquet");
  }

  /** Values one after the other, or an array of them. */
  private static <T> List<T> json(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    long line = 1;
    try (InputStream content = content(file);
        MappingIterator<JsonNode> values =
            new ObjectMapper().readerFor(JsonNode.class).readValues(content)) {
      while (values.hasNextValue()) {
        JsonNode value = values.nextValue();
        line = values.getCurrentLocation().getLineNr();
        rows.add(row.apply(value));
      }
    } catch (InputException e) {
      throw new InputException(file + ":" + line + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(file, line, e);
    }
    return rows;
  }

  /** A value a line, so that a line that is cut does not take the next with it. */
  private static <T> List<T> lines(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    ObjectMapper mapper = new ObjectMapper();
    long number = 0;
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(content(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        if (!line.isBlank()) {
          rows.add(row.apply(mapper.readTree(line)));
        }
      }
    } catch (InputException e) {
      throw new InputException(file + ":" + number + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(file, number, e);
    }
    return rows;
  }

  private static InputException unreadable(Path file, long line, IOException e) {
    if (e instanceof JsonProcessingException json) {
      String reason = json.getOriginalMessage().lines().findFirst().orElse("");
      return new InputException(file + ":" + line + ": not valid JSON: " + reason, e);
    }
    return new InputException(file + ": can't be read: " + e.getMessage(), e);
  }

  private static InputStream content(Path file) throws IOException {
    InputStream content = Files.newInputStream(file);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(content) : content;
  }

  private static <T> List<T> parquet(Path file, Function<JsonNode, T> row) {
    List<T> rows = new ArrayList<>();
    try {
      ParquetRows.read(file, value -> rows.add(row.apply(value)));
    } catch (InputException e) {
      throw new InputException(file + ": row " + (rows.size() + 1) + ": " + e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw new InputException(
          file + ": not a Parquet file that can be read: " + e.getMessage(), e);
    }
    return rows;
  }
}
