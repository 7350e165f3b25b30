package dev.secateur.coordinator.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.events.JournalledEvent;
import dev.secateur.coordinator.events.LateFields;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.FailureReason;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The events of a sweep in its run folder, one JSON object per line, as {@code secateur events}
 * prints them. They are read from the journal, and the file itself records up to which number it
 * has them. So it has each event exactly once, whichever coordinator wrote the lines before.
 */
public final class EventLines {
  /** The name of the file. */
  public static final String FILE = "events.jsonl";

  private static final String SUBMITTED = "sweep-submitted";
  private static final Set<String> ENDS =
      Set.of("sweep-completed", "sweep-stopped", "sweep-cancelled");

  private final SweepId sweep;
  private final Path folder;
  private final Reporting reporting;
  private LateFields names;

  /** The number of the last event that was read, of whichever sweep. */
  private long read;

  /** The number of the last event in the file; none before the first. */
  private long written = -1;

  private String ended = "";

  /**
   * @param folder the sweep's run folder
   */
  public EventLines(SweepId sweep, Path folder, Reporting reporting) {
    this.sweep = sweep;
    this.folder = folder;
    this.reporting = reporting;
  }

  /**
   * Adds the events that have come since.
   *
   * @throws IOException when the journal can't be read or the file not written; it is as it was
   *     then
   */
  public void update() throws IOException {
    try {
      byte[] kept = wholeLines(reporting.files().find(folder, FILE).orElse(new byte[0]));
      if (names == null || last(kept) != written) {
        begin(kept);
      }
      ByteArrayOutputStream lines = new ByteArrayOutputStream();
      lines.write(kept);
      reporting.journal().read(read + 1, Long.MAX_VALUE, event -> add(event, lines));
      if (lines.size() > kept.length) {
        reporting.files().put(folder, FILE, lines.toByteArray());
      }
    } catch (RuntimeException e) {
      names = null;
      throw new IOException("the journal can't be read: " + FailureReason.of(e), e);
    } catch (IOException e) {
      names = null;
      throw e;
    }
  }

  /** When the sweep ended, as far as it has by the last {@link #update}; empty before. */
  public String ended() {
    return ended;
  }

  private void begin(byte[] kept) throws IOException {
    written = last(kept);
    read = written > 0 ? written : submission() - 1;
    names = new LateFields(reporting.journal(), read + 1, LateFields.STEP);
    ended = end(kept);
  }

  /** The number of the event that the sweep was last submitted by. */
  private long submission() {
    boolean[] found = new boolean[1];
    for (long number : reporting.journal().plans(Long.MAX_VALUE)) {
      reporting
          .journal()
          .read(
              number,
              number,
              plan ->
                  found[0] =
                      plan.event() instanceof SweepEvent.SweepSubmitted submitted
                          && submitted.sweep().equals(sweep));
      if (found[0]) {
        return number;
      }
    }
    return 1;
  }

  private void add(JournalledEvent event, ByteArrayOutputStream lines) {
    // Every event is looked at: later ones do not say what sweep a lease is of.
    Map<String, Object> fields = names.numbered(event);
    read = event.sequence();
    if (!sweep.value().equals(fields.get("sweep"))) {
      return;
    }
    try {
      lines.write(Json.MAPPER.writeValueAsBytes(fields));
      lines.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    written = event.sequence();
    String name = (String) fields.get("event");
    if (ENDS.contains(name)) {
      ended = event.time().toString();
    } else if (name.equals(SUBMITTED)) {
      ended = "";
    }
  }

  /** Without what follows the last line, of a file that something else was writing. */
  private static byte[] wholeLines(byte[] file) {
    int end = file.length;
    while (end > 0 && file[end - 1] != '\n') {
      end--;
    }
    return end == file.length ? file : Arrays.copyOf(file, end);
  }

  /** The number of the last event of a file that has any with a number, else none. */
  private static long last(byte[] file) throws IOException {
    return find(file, "\"sequence\"")
        .map(line -> line.get("sequence"))
        .map(JsonNode::asLong)
        .orElse(-1L);
  }

  /** When the sweep ended that the last lines are of. */
  private static String end(byte[] file) throws IOException {
    return find(file, "\"event\":\"sweep-(submitted|completed|stopped|cancelled)\"")
        .filter(line -> ENDS.contains(line.path("event").asText()))
        .map(line -> line.path("time").asText())
        .orElse("");
  }

  /** The last line with something like that in it. */
  private static Optional<JsonNode> find(byte[] file, String pattern) throws IOException {
    Pattern wanted = Pattern.compile(pattern);
    int end = file.length - 1;
    while (end > 0) {
      int start = end;
      while (start > 0 && file[start - 1] != '\n') {
        start--;
      }
      String line = new String(file, start, end - start, StandardCharsets.UTF_8);
      if (wanted.matcher(line).find()) {
        return Optional.of(Json.MAPPER.readTree(line));
      }
      end = start - 1;
    }
    return Optional.empty();
  }
}
