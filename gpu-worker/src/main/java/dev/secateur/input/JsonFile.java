package dev.secateur.input;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;

/** User JSON, read within limits and with errors of one line. */
public final class JsonFile {
  /** How deep objects and lists may stand in each other. */
  public static final int DEEPEST = 100;

  /** The longest text in JSON, in characters. */
  public static final int LONGEST_TEXT = 64 << 20;

  /** The largest config, in bytes; one that states the shapes of 4,096 blocks has 4 MB. */
  public static final long LARGEST_CONFIG = 16L << 20;

  private static final int LONGEST_SHOWN = 500;

  private static final ObjectMapper MAPPER = mapper();

  private JsonFile() {}

  /** A new mapper that reads JSON within the limits; nothing may follow a value. */
  public static ObjectMapper mapper() {
    return new ObjectMapper(factory()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  }

  /** What parses JSON within the limits. */
  public static JsonFactory factory() {
    return JsonFactory.builder()
        .streamReadConstraints(
            StreamReadConstraints.builder()
                .maxNestingDepth(DEEPEST)
                .maxStringLength(LONGEST_TEXT)
                .build())
        .build();
  }

  /**
   * A file's only value.
   *
   * @param largest the most bytes that the file may have
   * @throws InputException when the file is missing, too large, empty or not valid JSON; with the
   *     line
   */
  public static JsonNode read(Path file, long largest) {
    return read(file, largest, MAPPER);
  }

  /**
   * As above.
   *
   * @param mapper one of {@link #mapper()} that was told more
   */
  public static JsonNode read(Path file, long largest, ObjectMapper mapper) {
    String text = Utf8.text(BoundedFile.bytes(file, largest), file.toString(), 1);
    if (text.isBlank()) {
      throw new InputException(file + ": is empty, not JSON");
    }
    try {
      return mapper.readTree(text);
    } catch (JsonProcessingException e) {
      throw invalid(file, e);
    }
  }

  /** Something out of a file as errors show it: on one line, and not without end. */
  public static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), LONGEST_SHOWN); i++) {
      char c = text.charAt(i);
      shown.append(Character.isISOControl(c) ? String.format("\\u%04x", (int) c) : c);
    }
    return text.length() > LONGEST_SHOWN ? shown + "..." : shown.toString();
  }

  /** That a file is not valid JSON, and where. */
  public static InputException invalid(Path file, JsonProcessingException e) {
    String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
    return new InputException(file + line + ": not valid JSON: " + reason(e), e);
  }

  /** What is wrong with JSON, without the parser's own words for its classes and options. */
  public static String reason(JsonProcessingException e) {
    String reason = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
    if (e instanceof StreamConstraintsException) {
      return reason.contains("nesting depth")
          ? "it nests deeper than " + DEEPEST + " levels"
          : reason.replaceAll(" ?\\(?,? ?from `[^`]*`\\)?", "");
    }
    if (reason.startsWith("Trailing token")) {
      return "there is text after the value";
    }
    return reason
        .replaceAll("\\[Source: [^\\]]*line: (\\d+)[^\\]]*\\]", "line $1")
        .replaceAll("[:;,]? ?(to allow, )?enable `[^`]*`( to allow)?", "");
  }
}
