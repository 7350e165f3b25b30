package dev.secateur.actors.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir private Path folder;

  private void write(int lines, EventLog.Rotation rotation) {
    try (EventFile file = new EventFile(folder.resolve("node.jsonl"), rotation)) {
      for (int i = 0; i < lines; i++) {
        file.write(Map.of("event", "node-up", "number", i));
      }
    }
  }

  @Test
  void putsFilesAsideThatHaveGrownAndLetsGoOfTheOldest() throws IOException {
    write(200, new EventLog.Rotation(2000, 2));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("node.jsonl", "node.jsonl.1", "node.jsonl.2");
    }
    List<String> aside = Files.readAllLines(folder.resolve("node.jsonl.1"));
    List<String> current = Files.readAllLines(folder.resolve("node.jsonl"));
    assertThat(Files.size(folder.resolve("node.jsonl.1"))).isBetween(2000L, 2300L);
    int last = Json.MAPPER.readTree(aside.get(aside.size() - 1)).get("number").asInt();
    assertThat(Json.MAPPER.readTree(current.get(0)).get("number").asInt()).isEqualTo(last + 1);
  }

  @Test
  void keepsEveryLineOfAFileThatHasNotGrown() throws IOException {
    write(200, new EventLog.Rotation(1 << 20, 2));
    assertThat(Files.readAllLines(folder.resolve("node.jsonl"))).hasSize(200);
  }
}
