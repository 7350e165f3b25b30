package dev.secateur.actors.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.http.NodeLogs;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import dev.secateur.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds lines in a node's log. */
final class LogSearch {
  /** Of all lines of an answer, which goes in one message. */
  private static final int MOST_CHARACTERS = 100_000;

  /** Of one line. */
  private static final int LONGEST = 20_000;

  private final Path file;
  private final int older;
  private final String own; // the worker whose log all of it is, or null

  /**
   * @param older how many files of earlier lines there may be, FILE.1 the youngest
   * @param own the worker whose log all of it is
   */
  LogSearch(Path file, int older, Optional<String> own) {
    this.file = file;
    this.older = older;
    this.own = own.orElse(null);
  }

  /** The last lines that are wanted, the oldest first. */
  List<String> find(NodeLogs.Question question) throws IOException {
    Deque<String> found = new ArrayDeque<>();
    for (int i = 0; i <= older && found.size() < question.lines(); i++) {
      Path part = i == 0 ? file : Path.of(file + "." + i);
      if (Files.exists(part)) {
        List<String> lines = in(part, question, question.lines() - found.size());
        for (int line = lines.size() - 1; line >= 0; line--) {
          found.addFirst(lines.get(line));
        }
      }
    }
    return bounded(found);
  }

  /** What does not fit is left out, and a line in its place says so. */
  private List<String> bounded(Deque<String> found) {
    long size = found.stream().mapToLong(String::length).sum();
    int leftOut = 0;
    while (size > MOST_CHARACTERS) {
      size -= found.removeFirst().length();
      leftOut++;
    }
    if (leftOut > 0) {
      String time = found.isEmpty() ? "" : parsed(found.getFirst()).path("time").asText();
      found.addFirst(LeftOut.line(leftOut, time, file));
    }
    return new ArrayList<>(found);
  }

  private List<String> in(Path part, NodeLogs.Question question, int most) throws IOException {
    Pattern stage =
        Pattern.compile(
            "(?<![0-9a-f])" + Pattern.quote(question.of(Filter.STAGE).orElse("")) + "[0-9a-f]*");
    String worker = question.of(Filter.WORKER).orElse("");
    Deque<String> last = new ArrayDeque<>();
    try (BufferedReader lines = Files.newBufferedReader(part)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        boolean candidate =
            question.of(Filter.STAGE).isPresent()
                ? stage.matcher(line).find()
                : worker.equals(own) || line.contains(worker);
        if (candidate && isWanted(line, question)) {
          last.addLast(line);
          if (last.size() > most) {
            last.removeFirst();
          }
        }
      }
    }
    return last.stream().map(LogSearch::shortened).toList();
  }

  private boolean isWanted(String line, NodeLogs.Question question) {
    JsonNode fields = parsed(line);
    if (!fields.isObject() || fields.path("event").asText().equals("stage-progress")) {
      return false;
    }
    String time = instant(fields.path("time").asText());
    String sweep = fields.path("sweep").asText();
    return question.of(Filter.SINCE).stream().allMatch(since -> time.compareTo(instant(since)) >= 0)
        && question.of(Filter.SWEEP).stream().allMatch(sweep::equals)
        && question.of(Filter.WORKER).stream().allMatch(worker -> isOf(worker, fields));
  }

  /** What the coordinator tells of a worker is none of that worker's own lines. */
  private boolean isOf(String worker, JsonNode fields) {
    return worker.equals(own)
        || fields.has("logger") && fields.path("worker").asText().equals(worker);
  }

  /**
   * Without its zone, which is UTC, later times are later in the alphabet, whatever digits they
   * have.
   */
  static String instant(String time) {
    return time.replace("Z", "");
  }

  private static JsonNode parsed(String line) {
    try {
      return Json.MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      return Json.MAPPER.missingNode(); // it is being written
    }
  }

  private static String shortened(String line) {
    if (line.length() <= LONGEST || !(parsed(line) instanceof ObjectNode fields)) {
      return line;
    }
    String trace = fields.path("stack_trace").asText();
    if (trace.length() > LONGEST / 2) {
      fields.put("stack_trace", trace.substring(0, LONGEST / 2) + "...");
    }
    String shorter = fields.toString();
    return shorter.length() <= 2 * LONGEST
        ? shorter
        : "{\"time\":"
            + fields.path("time")
            + ",\"event\":\"log\",\"message\":\"a line of "
            + line.length()
            + " characters\"}";
  }
}
