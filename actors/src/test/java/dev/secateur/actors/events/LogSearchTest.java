package dev.secateur.actors.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.http.NodeLogs;
import dev.secateur.coordinator.http.NodeLogs.Filter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogSearchTest {
  private static final String STAGE = "0123456789abcdef";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("node.jsonl");
    Files.writeString(Path.of(file + ".2"), line(1, "w1", "early") + "\n");
    Files.writeString(
        Path.of(file + ".1"), line(2, "w1", STAGE) + "\n" + line(3, "w2", "two") + "\n");
    Files.writeString(
        file,
        line(4, "w1", "four")
            + "\n{\"time\":\"2026-01-01T00:00:05Z\",\"event\":\"stage-leased\",\"worker\":\"w1\",\"stage\":\""
            + STAGE
            + "\",\"sweep\":\"s\"}\n"
            + "{\"time\":\"2026-01-01T00:00:06Z\",\"event\":\"stage-progress\",\"stage\":\""
            + STAGE
            + "\"}\n"
            + line(7, "w1", "seven")
            + "\n{\"time\":\"2026-");
  }

  private static String line(int second, String worker, String message) {
    return "{\"time\":\"2026-01-01T00:00:0%dZ\",\"logger\":\"x\",\"worker\":\"%s\",\"message\":\"%s\"}"
        .formatted(second, worker, message);
  }

  private List<String> find(
      Optional<String> own, String worker, String stage, String sweep, String since, int lines)
      throws IOException {
    Map<Filter, String> filters = new EnumMap<>(Filter.class);
    filters.put(Filter.WORKER, worker);
    filters.put(Filter.STAGE, stage);
    filters.put(Filter.SWEEP, sweep);
    filters.put(Filter.SINCE, since);
    filters.values().removeIf(Objects::isNull);
    return new LogSearch(file, 2, own)
        .find(new NodeLogs.Question(filters, lines)).stream()
            .map(line -> line.replaceFirst(".*:0(\\d)Z.*", "$1"))
            .toList();
  }

  @Test
  void theLastLinesOfAWorkerAreItsOwnAndReachIntoOlderFiles() throws IOException {
    assertThat(find(Optional.empty(), "w1", null, null, null, 3)).containsExactly("2", "4", "7");
    assertThat(find(Optional.empty(), "w1", null, null, null, 9))
        .containsExactly("1", "2", "4", "7");
    assertThat(find(Optional.empty(), "w3", null, null, null, 9)).isEmpty();
  }

  @Test
  void ofAWorkersNodeAllIsTheWorkers() throws IOException {
    assertThat(find(Optional.of("w1"), "w1", null, null, null, 9))
        .containsExactly("1", "2", "3", "4", "5", "7");
    assertThat(find(Optional.of("w1"), "w2", null, null, null, 9)).containsExactly("3");
  }

  @Test
  void whatConcernsAStageNamesItsKeyByItsBeginning() throws IOException {
    assertThat(find(Optional.empty(), null, "0123456", null, null, 9)).containsExactly("2", "5");
    assertThat(find(Optional.empty(), null, "123456", null, null, 9)).isEmpty();
    assertThat(find(Optional.empty(), null, "0123456", "s", null, 9)).containsExactly("5");
    assertThat(find(Optional.empty(), null, "0123456", "other", null, 9)).isEmpty();
  }

  @Test
  void goesOnFromATime() throws IOException {
    assertThat(find(Optional.of("w1"), "w1", null, null, "2026-01-01T00:00:04Z", 9))
        .containsExactly("4", "5", "7");
    assertThat(find(Optional.of("w1"), "w1", null, null, "2026-01-01T00:00:04.5Z", 9))
        .containsExactly("5", "7");
    assertThat(LogSearch.instant("2026-01-01T00:00:04.5Z"))
        .isGreaterThan(LogSearch.instant("2026-01-01T00:00:04Z"));
  }

  @Test
  void anAnswerFitsIntoAMessage() throws IOException {
    String trace = "at x\\n".repeat(20_000);
    String large =
        "{\"time\":\"2026-01-01T00:00:08Z\",\"logger\":\"x\",\"worker\":\"w1\",\"message\":\"m\",\"stack_trace\":\""
            + trace
            + "\"}\n";
    Files.writeString(file, large.repeat(10));
    List<String> lines =
        new LogSearch(file, 0, Optional.empty())
            .find(new NodeLogs.Question(Map.of(Filter.WORKER, "w1"), 9));
    assertThat(lines).hasSizeBetween(5, 9);
    assertThat(String.join("", lines).length()).isLessThan(110_000);
    assertThat(lines.get(0))
        .contains("\"event\":\"lines-left-out\"")
        .contains("\"time\":\"2026-01-01T00:00:08Z\"")
        .contains(10 - lines.size() + " earlier lines")
        .contains(file.toString());
    assertThat(lines.get(1)).contains("at x").contains("...\"").contains("\"message\":\"m\"");
  }
}
