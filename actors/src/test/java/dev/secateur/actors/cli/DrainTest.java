package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Workers are drained, so their coordinator is this test's alone. */
class DrainTest extends CoordinatorFixture {
  @Test
  void aDrainedWorkerGetsNoMoreTasks() throws Exception {
    assertThat(cli.run("drain", "nobody").err()).contains("there is no worker nobody");
    JsonNode workers = Json.MAPPER.readTree(done("workers", "--json").out());
    List<String> names = new ArrayList<>();
    workers.forEach(worker -> names.add(worker.get("name").asText()));
    assertThat(names).containsExactlyInAnyOrder("local/1", "local/2");
    done("drain", "local/2");
    String id =
        done("submit", sweep("drained", 1).toString(), "--wait")
            .err()
            .lines()
            .findFirst()
            .orElseThrow()
            .substring("sweep ".length());
    String events =
        done("events", "--sweep", id)
            .out()
            .lines()
            .filter(line -> line.contains(" stage-leased "))
            .collect(Collectors.joining("\n"));
    assertThat(events).contains("worker=local/1").doesNotContain("worker=local/2");
    assertThat(done("workers").out()).contains("draining, idle");

    String next = done("submit", sweep("waiting", 2).toString()).out().strip();
    Cli.Result waited = done("drain", "local/1", "--wait");
    assertThat(waited.out()).isEqualTo("draining local/1\nidle local/1\n");
    for (JsonNode worker : Json.MAPPER.readTree(done("workers", "--json").out())) {
      assertThat(worker.path("task").isObject()).as("%s", worker).isFalse();
    }
    assertThat(done("status", next).out()).as("nobody is left for it").contains("running");
    assertThat(cli.run("undrain", "nobody").err()).contains("there is no worker nobody");
    assertThat(done("undrain", "local/2").out()).isEqualTo("local/2 gets tasks again\n");
    awaitStatus(next, "completed");
  }
}
