package dev.secateur.coordinator.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.golden.GoldenScenario;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.SweepEvent;
import dev.secateur.protocol.SweepId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The events of a sweep among those of others, as their file has them. */
class EventLinesTest {
  private static final List<SweepEvent> ALL = GoldenScenario.events();

  @TempDir private Path folder;

  private EventLines lines(String sweep, List<SweepEvent> events) {
    return new EventLines(new SweepId(sweep), folder.resolve(sweep), Reportings.of(events));
  }

  private List<String> written(String sweep) throws IOException {
    return Files.readAllLines(folder.resolve(sweep).resolve(EventLines.FILE));
  }

  /** What the file has where all was written at once. */
  private List<String> whole(String sweep) throws IOException {
    Path other = folder.resolve("whole");
    new EventLines(new SweepId(sweep), other, Reportings.of(ALL)).update();
    return Files.readAllLines(other.resolve(EventLines.FILE));
  }

  @ParameterizedTest
  @ValueSource(strings = {"replanned-1", "finished-1", "stopped-1", "cancelled-1", "open-1"})
  void areTheSameHoweverOftenAndByWhomTheyAreWritten(String sweep) throws IOException {
    List<SweepEvent> journal = new ArrayList<>();
    EventLines one = lines(sweep, journal);
    for (int i = 0; i < ALL.size(); i++) {
      journal.add(ALL.get(i));
      if (i % 7 == 0) {
        one.update();
      }
      if (i % 31 == 0) {
        one = lines(sweep, journal); // of another coordinator
      }
      if (i % 50 == 0) {
        lines(sweep, journal).update(); // of one that was not told that it is replaced
      }
    }
    one.update();
    assertThat(written(sweep)).isEqualTo(whole(sweep)).hasSizeGreaterThan(3);
    JsonNode first = Json.MAPPER.readTree(written(sweep).get(0));
    assertThat(first.get("event").asText()).isEqualTo("sweep-submitted");
    assertThat(first.fieldNames()).toIterable().startsWith("sequence", "time", "event");
    for (String line : written(sweep)) {
      assertThat(Json.MAPPER.readTree(line).get("sweep").asText()).isEqualTo(sweep);
    }
  }

  @Test
  void sayWhenTheSweepEnded() throws IOException {
    EventLines finished = lines("finished-1", ALL);
    finished.update();
    assertThat(finished.ended()).isEqualTo("1970-01-01T00:00:00Z");
    EventLines again = lines("finished-1", ALL);
    again.update();
    assertThat(again.ended()).as("from the file").isEqualTo("1970-01-01T00:00:00Z");
    EventLines open = lines("open-1", ALL);
    open.update();
    assertThat(open.ended()).isEmpty();
  }

  @Test
  void goOnAfterWhatAnOlderVersionLeftBehind() throws IOException {
    String sweep = "finished-1";
    List<String> expected = whole(sweep);
    Path file = Files.createDirectories(folder.resolve(sweep)).resolve(EventLines.FILE);
    Files.write(file, expected.subList(0, 3));
    Files.writeString(
        file, "{\"event\":\"stage-progress\"}\n{\"sequence\":9", StandardOpenOption.APPEND);
    lines(sweep, ALL).update();
    List<String> lines = new ArrayList<>(written(sweep));
    assertThat(lines.remove(3)).contains("stage-progress");
    assertThat(lines).isEqualTo(expected);
  }

  @Test
  void areLeftAsTheyAreWhereTheJournalCannotBeRead() throws IOException {
    lines("open-1", ALL).update();
    byte[] before = Files.readAllBytes(folder.resolve("open-1").resolve(EventLines.FILE));
    List<SweepEvent> broken = new ArrayList<>(ALL);
    broken.add(null);
    EventLines lines = lines("open-1", broken);
    assertThatThrownBy(lines::update)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the journal can't be read");
    assertThat(Files.readAllBytes(folder.resolve("open-1").resolve(EventLines.FILE)))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(new String(before, StandardCharsets.UTF_8));
  }
}
