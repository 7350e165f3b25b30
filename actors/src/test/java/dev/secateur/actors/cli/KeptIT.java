package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.checkpoint.Sha256;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Large artifacts stay with workers: they are read from there, and computed again when lost. */
class KeptIT extends KeptFixture {
  private static final String SWEEP =
      """
      name = kept
      models = [demo], ratios = [0.25, 0.5], criteria = [l2]
      recovery { template = plain, steps = 40, batch = 4, micro-batch = 4, warmup = 2, cutoff = 48%s }
      evaluation { window = 64, windows = 4 }
      export = true
      """;

  private String submit(String recovery) throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP.formatted(recovery));
    return done("submit", sweep.toString()).out().strip();
  }

  @Test
  void fetchesFromTheWorkerThatKeepsAnExportAndRetryComputesWhatIsLost() throws Exception {
    Cli.Running first = startWorker("one");
    String id = submit("");
    awaitStatus(id, "completed");
    Set<String> ofOne = kept("one");
    JsonNode results = Json.MAPPER.readTree(done("results", id, "--json").out());
    for (JsonNode trial : results.get("trials")) {
      JsonNode artifacts = trial.get("artifacts");
      assertThat(artifacts.at("/checkpoint/place").asText()).isEqualTo("worker");
      assertThat(artifacts.at("/checkpoint/worker").asText()).endsWith("/cpu");
      assertThat(artifacts.at("/recipe/place").asText()).isEqualTo("store");
      assertThat(ofOne).contains(artifacts.at("/checkpoint/stage").asText());
      assertThat(folder.resolve("coordinator/artifacts"))
          .isDirectoryNotContaining("glob:**/" + artifacts.at("/checkpoint/stage").asText());
    }
    assertThat(done("results", id).out()).containsPattern("checkpoint +adapter +recipe +scores");
    Path out = folder.resolve("out");
    done("fetch", id, "0", "--out", out.toString());
    assertThat(out.resolve("checkpoint/model.safetensors")).isRegularFile();
    assertThat(out.resolve("adapter/adapter_model.safetensors")).isRegularFile();
    assertThat(out.resolve("recipe/recipe.json")).isRegularFile();
    assertThat(out.resolve("scores/artifact.json")).isRegularFile();
    String hash = Sha256.of(out.resolve("checkpoint/model.safetensors"));

    startWorker("two");
    lose(first, "one");
    int events = events("stage-completed").size();
    tellsLost(id);
    done("retry", id);
    awaitStatus(id, "completed");
    List<JsonNode> again = events("stage-completed");
    assertThat(
            again.subList(events, again.size()).stream()
                .map(event -> event.get("stage").asText())
                .collect(Collectors.toSet()))
        .as("exactly what was lost")
        .isEqualTo(ofOne);
    Path second = folder.resolve("second");
    done("fetch", id, "0", "--out", second.toString(), "--only", "checkpoint");
    assertThat(Sha256.of(second.resolve("checkpoint/model.safetensors"))).isEqualTo(hash);
  }

  /** What results and fetch say of trials whose checkpoints are lost. */
  private void tellsLost(String id) throws Exception {
    JsonNode trials = Json.MAPPER.readTree(done("results", id, "--json").out()).get("trials");
    assertThat(trials).hasSize(2);
    for (JsonNode trial : trials) {
      assertThat(trial.at("/artifacts/checkpoint/place").asText()).isEqualTo("none");
      assertThat(trial.at("/artifacts/recipe/place").asText()).isEqualTo("store");
      String number = trial.get("trial").asText();
      Path out = folder.resolve("lost-" + number);
      Cli.Result fetch = client("fetch", id, number, "--out", out.toString());
      assertThat(fetch.code()).isEqualTo(1);
      assertThat(fetch.err())
          .contains("checkpoint of trial " + number + " is lost")
          .contains("'secateur retry " + id + "'");
    }
    assertThat(done("results", id).out()).contains(" lost ");
  }

  @Test
  void aStageThatReadsWhatALostWorkerKeptHasItComputedAgain() throws Exception {
    Cli.Running first = startWorker("one");
    String id = submit(", scratch {}, steps = 80");
    await("training is at work")
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> get("/api/v1/workers").at("/0/task/kind").asText().equals("training"));
    done("pause", id);
    await("the training is over")
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> !get("/api/v1/workers").at("/0/task").isObject());
    String training =
        events("stage-completed").stream()
            .filter(event -> event.get("kind").asText().equals("training"))
            .findFirst()
            .orElseThrow()
            .get("stage")
            .asText();
    assertThat(kept("one")).contains(training);
    lose(first, "one");
    startWorker("two");
    done("resume", id);
    awaitStatus(id, "completed");
    assertThat(events("artifact-lost")).anyMatch(event -> event.toString().contains(training));
    assertThat(
            events("stage-completed").stream()
                .filter(event -> event.get("stage").asText().equals(training)))
        .hasSize(2);
    assertThat(events("stage-failed")).isEmpty();
  }
}
