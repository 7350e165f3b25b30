package dev.secateur.actors.soak;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Which coordinator was active when, as the nodes' own event logs tell it. */
final class Reigns {
  /**
   * The active coordinator, from when it had read its journal.
   *
   * @param node its number
   * @param end when it said that it had stopped; absent where it never did
   * @param term of its lease, where the node told it before
   */
  record Reign(int node, Instant start, Optional<Instant> end, OptionalLong term) {}

  private final List<Path> logs;
  private final long[] read;
  private final List<Reign> reigns = new ArrayList<>();
  private final Map<Integer, Long> terms = new HashMap<>();

  /**
   * @param logs of the coordinators, in their order; they may not be there yet
   */
  Reigns(List<Path> logs) {
    this.logs = logs;
    this.read = new long[logs.size()];
  }

  /** All so far, by their starts. */
  synchronized List<Reign> all() throws IOException {
    for (int node = 0; node < logs.size(); node++) {
      for (String line : newLines(node)) {
        note(node, line);
      }
    }
    reigns.sort(Comparator.comparing(Reign::start));
    return List.copyOf(reigns);
  }

  /** The newest of a node. */
  Optional<Reign> newestOf(int node) throws IOException {
    return all().stream().filter(reign -> reign.node() == node).reduce((first, second) -> second);
  }

  private void note(int node, String line) throws IOException {
    if (line.contains("\"journal-held\"")) {
      terms.put(node, Json.MAPPER.readTree(line).get("term").asLong());
    } else if (line.contains("\"coordinator-started\"")) {
      JsonNode event = Json.MAPPER.readTree(line);
      Long term = terms.get(node);
      reigns.add(
          new Reign(
              node,
              Instant.parse(event.get("time").asText()),
              Optional.empty(),
              term == null ? OptionalLong.empty() : OptionalLong.of(term)));
    } else if (line.contains("\"coordinator-stopped\"")) {
      Instant end = Instant.parse(Json.MAPPER.readTree(line).get("time").asText());
      for (int i = reigns.size() - 1; i >= 0; i--) {
        Reign reign = reigns.get(i);
        if (reign.node() == node && reign.end().isEmpty() && !reign.start().isAfter(end)) {
          reigns.set(i, new Reign(node, reign.start(), Optional.of(end), reign.term()));
          return;
        }
      }
    }
  }

  /** The lines that a log has had since it was last read, whole ones only. */
  private List<String> newLines(int node) throws IOException {
    if (!Files.exists(logs.get(node))) {
      return List.of();
    }
    try (RandomAccessFile log = new RandomAccessFile(logs.get(node).toFile(), "r")) {
      byte[] bytes = new byte[(int) (log.length() - read[node])];
      log.seek(read[node]);
      log.readFully(bytes);
      String text = new String(bytes, StandardCharsets.UTF_8);
      String whole = text.substring(0, text.lastIndexOf('\n') + 1);
      read[node] += whole.getBytes(StandardCharsets.UTF_8).length;
      return whole.lines().toList();
    }
  }
}
