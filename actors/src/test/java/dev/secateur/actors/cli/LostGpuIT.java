package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A GPU fails amid a stage of a sweep, on a node with two. */
class LostGpuIT extends KeptFixture {
  private static final String LOST = "the GPU cuda:1 has failed: " + PretendGpus.FAILURE;

  private static final String SWEEP =
      """
      name = lost
      models = [demo], ratios = [0.25], criteria = [taylor-vector]
      calibration { samples = 4, length = 32, parts = 2 }
      recovery { template = plain, steps = 4, batch = 4, micro-batch = 4, cutoff = 32 }
      evaluation { window = 32, windows = 4 }
      """;

  private Cli.Running startGpus() throws Exception {
    Cli.Running workers =
        cli(Map.of())
            .javaWith(PretendGpus.option(folder))
            .start(
                "node",
                "--role",
                "gpu-worker",
                "--devices",
                "cuda:0,cuda:1",
                "--seed",
                "127.0.0.1:" + port,
                "--work",
                folder.resolve("gpus").toString());
    nodes.add(workers);
    return workers;
  }

  private void awaitWorkers(int count) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> get("/api/v1/workers").size() == count);
  }

  private static List<JsonNode> numbers(JsonNode results) {
    JsonNode trial = results.at("/trials/0");
    return Stream.of(
            "perplexity_before", "perplexity_pruned", "perplexity_recovered", "parameters_after")
        .map(trial::get)
        .toList();
  }

  /** The log of a worker's node, the same in each of its lives. */
  private String log(String device) throws Exception {
    try (Stream<Path> logs = Files.list(folder.resolve("gpus/logs"))) {
      Path file =
          logs.filter(each -> each.getFileName().toString().matches("node-.*" + device + ".*jsonl"))
              .findFirst()
              .orElseThrow();
      return Files.readString(file);
    }
  }

  @Test
  void itsProcessEndsWithTheReasonAndTheOtherDoesItsWork() throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Cli.Running workers = startGpus();
    Cli.Result undisturbed =
        Cli.here(
            "run",
            sweep.toString(),
            "--device",
            "cpu",
            "--work",
            folder.resolve("undisturbed").toString(),
            "--json");
    assertThat(undisturbed.code()).as(undisturbed.err()).isZero();
    awaitWorkers(2);

    String id = done("submit", sweep.toString()).out().strip();
    awaitStatus(id, "completed");
    assertThat(numbers(Json.MAPPER.readTree(done("results", id, "--json").out())))
        .doesNotContainNull()
        .isEqualTo(numbers(Json.MAPPER.readTree(undisturbed.out())));

    assertThat(PretendGpus.hasFailed(folder)).isTrue();
    assertThat(Files.readString(workers.err()))
        .containsPattern(
            "/cuda:1 ended, exit code 71, final output: "
                + LOST
                + " in grad of [^/]*; it is restarted in \\d s")
        .doesNotContain("/cuda:0 ended");
    assertThat(log("cuda_1")).contains("\"event\":\"task-failed\"").contains(LOST);
    List<JsonNode> retried = events("stage-retried");
    assertThat(retried).hasSize(1);
    assertThat(retried.get(0).get("reason").asText()).startsWith(LOST);
    assertThat(events("worker-crashed")).as("which would count it twice").isEmpty();
    String stage = retried.get(0).get("stage").asText();
    assertThat(events("stage-completed"))
        .filteredOn(event -> event.get("stage").asText().equals(stage))
        .singleElement()
        .satisfies(event -> assertThat(event.get("worker").asText()).endsWith("/cuda:0"));

    await("the process that follows finds the GPU as it was")
        .atMost(LONG)
        .until(
            () ->
                Files.readString(workers.err())
                    .matches("(?s).*/cuda:1 ended, exit code 1, .*" + PretendGpus.FAILURE + ".*"));
    PretendGpus.mend(folder);
    await("the process that finds it mended works on")
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> log("cuda_1").contains("last final output: exit code 1"));
    awaitWorkers(2);
  }
}
