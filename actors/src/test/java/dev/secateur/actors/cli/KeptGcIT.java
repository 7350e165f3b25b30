package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What workers keep of a deleted sweep goes from their disks. */
class KeptGcIT extends KeptFixture {
  private static final String SWEEP =
      """
      name = kept
      models = [demo], ratios = [0.25], criteria = [l2]
      recovery { template = plain, steps = 2, batch = 2, micro-batch = 2, cutoff = 32 }
      evaluation { window = 32, windows = 2 }
      export = true
      """;

  private JsonNode ofWorkers(Cli.Result result) throws Exception {
    return ofSort(result, "worker-artifacts");
  }

  private JsonNode ofSort(Cli.Result result, String sort) throws Exception {
    for (JsonNode one : Json.MAPPER.readTree(result.out()).get("removed")) {
      if (one.get("sort").asText().equals(sort)) {
        return one;
      }
    }
    throw new AssertionError("no " + sort + " in " + result.out());
  }

  private Path leftBehind(String name) throws IOException {
    Path left = Files.write(folder.resolve("one").resolve(name), new byte[3 << 20]);
    Files.setLastModifiedTime(left, FileTime.fromMillis(0));
    return left;
  }

  private void nothingWasUsedLately() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("one/artifacts"))) {
      for (Path each : all.map(path -> path.resolve("artifact.json")).toList()) {
        if (Files.exists(each)) {
          Files.setLastModifiedTime(
              each, FileTime.from(Instant.now().minus(Duration.ofMinutes(20))));
        }
      }
    }
  }

  @Test
  void gcRemovesWhatTwoWorkersOfOneFolderKeepOfADeletedSweep() throws Exception {
    startWorkers("one", "cpu,cpu", Map.of());
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    String id = done("submit", sweep.toString()).out().strip();
    awaitStatus(id, "completed");
    Set<String> kept = kept("one");
    assertThat(kept).isNotEmpty();

    nothingWasUsedLately();
    JsonNode needed = ofWorkers(done("gc", "--json"));
    assertThat(needed.get("count").asLong()).isZero();
    assertThat(needed.get("bytes_before").asLong()).isGreaterThan(1 << 20);
    assertThat(kept("one")).isEqualTo(kept);

    Files.setLastModifiedTime(
        folder.resolve("one/artifacts/" + kept.iterator().next() + "/artifact.json"),
        FileTime.from(Instant.now()));
    Cli.Result deleted = done("delete", id);
    assertThat(deleted.out()).containsPattern("worker-artifacts +[1-9]");
    assertThat(deleted.err()).contains("workers keep 1 artifact").contains("ten minutes");
    assertThat(kept("one")).hasSize(1);

    Path part = leftBehind("artifacts/.part-killed");
    Path log = leftBehind("logs/node-45123.jsonl");
    assertThat(done("gc", "--dry-run").out())
        .containsPattern("worker-leftovers +3\\.00 MiB  \\S+/cpu\\S*:" + part)
        .containsPattern("worker-logs +3\\.00 MiB  \\S+/cpu\\S*:" + log);
    nothingWasUsedLately();
    JsonNode dry = ofWorkers(done("gc", "--dry-run", "--json"));
    assertThat(kept("one")).hasSize(1);
    assertThat(List.of(part, log)).allMatch(Files::exists);
    Cli.Result all = done("gc", "--json");
    for (String sort : List.of("worker-leftovers", "worker-logs")) {
      assertThat(ofSort(all, sort).get("count").asLong()).as(sort).isEqualTo(1);
    }
    assertThat(List.of(part, log)).noneMatch(Files::exists);
    JsonNode gone = ofWorkers(all);
    assertThat(gone.get("count")).isEqualTo(dry.get("count"));
    assertThat(gone.get("count").asLong()).isEqualTo(1);
    assertThat(gone.get("bytes_after").asLong()).isZero();
    assertThat(kept("one")).isEmpty();
  }
}
