package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.events.Stamp;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What operators ask of a running coordinator. */
class ClusterTest extends CoordinatorFixture {
  @Test
  void runsASubmittedSweepAndGivesItsResults() throws Exception {
    Cli.Result waited = done("submit", sweep("waited", 2).toString(), "--wait");
    assertThat(waited.out()).contains("ppl recovered");
    String id = waited.err().lines().findFirst().orElseThrow().substring("sweep ".length());
    assertThat(done("list").out()).contains(id).contains("completed");
    assertThat(done("results", id, "--csv").out()).startsWith("trial,model");
    assertThat(Json.MAPPER.readTree(done("results", id, "--json").out()).get("trials")).hasSize(1);
    assertThat(done("results", id, "--format", "latex").out()).contains("\\toprule", "w/ tune");
    assertThat(done("results", id, "--columns", "ratio,ppl:pruned").out())
        .startsWith("ratio  ppl pruned\n");
    Path plots = folder.resolve("plots");
    done("results", id, "--plots", plots.toString());
    assertThat(plots).isDirectoryContaining("glob:**.png").isDirectoryContaining("glob:**.conf");
    Cli.Result report = Cli.here("report", plots.toString(), "--columns", "ratio,ppl:pruned");
    assertThat(report.out()).as("from the files alone").startsWith("ratio  ppl pruned\n");

    List<JsonNode> events = new ArrayList<>();
    for (String line : done("events", "--sweep", id, "--json").out().lines().toList()) {
      events.add(Json.MAPPER.readTree(line));
    }
    List<Long> numbers = events.stream().map(event -> event.get("sequence").asLong()).toList();
    assertThat(numbers).isSorted().doesNotHaveDuplicates();
    assertThat(events.get(0).get("event").asText()).isEqualTo("sweep-submitted");
    assertThat(events.get(events.size() - 1).get("event").asText()).isEqualTo("results-written");
    long middle = numbers.get(numbers.size() / 2);
    assertThat(done("events", "--sweep", id, "--since", "" + middle, "--json").out().lines())
        .hasSize(numbers.size() - numbers.size() / 2 - 1);
    assertThat(done("retry", id).out()).contains(id);
    awaitStatus(id, "completed");
  }

  @Test
  void followsProgressNodesAndWorkersToo() throws Exception {
    Cli.Running following = cli.start("events", "--follow", "--json", "--since", "999999");
    String id = done("submit", sweep("followed", 60).toString()).out().strip();
    awaitStatus(id, "completed");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              List<String> events = new ArrayList<>();
              for (String line : Files.readAllLines(following.out())) {
                JsonNode event = Json.MAPPER.readTree(line);
                assertThat(event.has("sequence")).as(line).isFalse();
                events.add(event.get("event").asText());
              }
              return events.containsAll(
                  List.of("stage-started", "stage-progress", "worker-busy", "worker-idle"));
            });
    following.signal("TERM");
    following.await();
    String log =
        Files.readString(
            Path.of(
                Files.readString(node.err())
                    .lines()
                    .map(Stamp::without)
                    .filter(line -> line.startsWith("event log: "))
                    .findFirst()
                    .orElseThrow()
                    .substring("event log: ".length())));
    assertThat(log)
        .contains("\"event\":\"node-up\"")
        .contains("\"event\":\"leader-changed\"")
        .contains("\"event\":\"coordinator-started\"")
        .contains("\"event\":\"worker-registered\"")
        .contains("\"event\":\"stage-completed\"");
  }

  @Test
  void triesWhatHasFailedAgainWhileTheRestGoesOn() throws Exception {
    Path demo = folder.resolve("work/models/demo");
    String holding =
        done("submit", sweep("holding", 1_000_000, "0.25, 0.5").toString()).out().strip();
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> done("workers").out().split("recovery of " + holding, -1).length == 3);
    Path other = Files.createDirectories(folder.resolve("served/other"));
    copyFiles(demo, other);
    Files.writeString(other.resolve("config.json"), "\n", StandardOpenOption.APPEND);
    Path config =
        Files.writeString(
            folder.resolve("failing.conf"),
            """
            name = failing
            models = ["%s", demo], ratios = [0.25], criteria = [l1]
            recovery { template = plain, steps = 1000000, batch = 2, micro-batch = 2, cutoff = 32 }
            evaluation { window = 32, windows = 2 }
            """
                .formatted(other));
    Path weights = other.resolve("model.safetensors");
    Path aside = other.resolve("aside");
    String id = done("submit", config.toString()).out().strip();
    Files.move(weights, aside); // no worker has read them: both are held elsewhere
    done("cancel", holding);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> status(id).get("trials_failed").asInt() == 1);
    Files.move(aside, weights);
    assertThat(status(id).get("status").asText()).isEqualTo("running");
    assertThat(cli.run("retry", id).err()).contains("only what failed can be retried");
    done("retry", id, "--failed");
    assertThat(status(id).get("trials_failed").asInt()).isZero();
    assertThat(done("events", "--sweep", id).out()).contains("trials-retried");
    done("cancel", id);
    awaitStatus(id, "cancelled");
    assertThat(cli.run("retry", id, "--failed").err())
        .contains("it has unfinished stages besides the failed ones");
  }

  @Test
  void extendsASweepAndComputesOnlyWhatIsNew() throws Exception {
    Path config = sweep("grown", 3);
    String plan = done("submit", config.toString(), "--dry-run").out();
    assertThat(plan).contains("grown: 1 trials").containsPattern("pruning +1 +1 +0");
    assertThat(done("list").out()).doesNotContain("grown");
    String id = done("submit", config.toString()).out().strip();
    awaitStatus(id, "completed");
    Path larger = sweep("grown", 3, "0.25, 0.5");
    assertThat(done("submit", larger.toString(), "--extend", id).out()).isEqualTo(id + "\n");
    awaitStatus(id, "completed");
    JsonNode results = Json.MAPPER.readTree(done("results", id, "--json").out());
    assertThat(results.get("completed").asInt()).isEqualTo(2);
    int stages = results.get("stages").asInt();
    assertThat(results.get("stages_reused").asInt())
        .as("of %d, what the smaller grid had left", stages)
        .isEqualTo(stages - 4);
    Cli.Result smaller = cli.run("submit", sweep("grown", 3).toString(), "--extend", id);
    assertThat(smaller.code()).isEqualTo(2);
    assertThat(smaller.err()).contains("grown.conf: the configuration lacks 1 of the sweep's 2");
    assertThat(cli.run("submit", config.toString(), "--extend", id, "--name", "x").err())
        .contains("--extend keeps the sweep's name");
  }

  @Test
  void tellsMistakesByFileAndLineAndWhatASweepThatIsThereIsLike() throws Exception {
    Path wrong =
        Files.writeString(folder.resolve("wrong.conf"), "models = [demo]\nratios = [1.5]\n");
    Cli.Result refused = cli.run("submit", wrong.toString());
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains(wrong + ":2: 'ratios[0]' is 1.5");
    assertThat(cli.run("plan", wrong.toString()).err()).contains(wrong + ":2: 'ratios[0]' is 1.5");
    Path config = sweep("shared", 1_000_000);
    String id = done("submit", config.toString(), "--priority", "5").out().strip();
    Cli.Result again = done("submit", config.toString(), "--name", "other", "--priority", "7");
    assertThat(again.out()).isEqualTo(id + "\n");
    assertThat(again.err())
        .contains("it keeps the name 'shared'")
        .contains("it has priority 5, not 7; 'secateur priority " + id + " 7' changes that");
    assertThat(done("priority", id, "7").out()).isEqualTo("priority 7 " + id + "\n");
    assertThat(status(id).get("priority").asInt()).isEqualTo(7);
    assertThat(cli.run("priority", id, "0").err()).contains("allowed is 1 to 9999");
    done("cancel", id);
    awaitStatus(id, "cancelled");
    assertThat(cli.run("priority", id, "9").err()).contains("has ended");
  }

  @Test
  void pausesResumesStopsCancelsAndRetries() throws Exception {
    String id = done("submit", sweep("long", 1_000_000).toString()).out().strip();
    done("pause", id);
    assertThat(status(id).get("status").asText()).isEqualTo("paused");
    done("resume", id);
    awaitStatus(id, "running");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> done("workers").out().contains("recovery of " + id));
    String again = done("submit", sweep("long", 1_000_000).toString()).out().strip();
    assertThat(again).as("the same work is the same sweep").isEqualTo(id);
    assertThat(cli.run("retry", id).err()).contains("it has not ended");
    done("stop", id);
    assertThat(status(id).get("status").asText()).isEqualTo("stopping");
    done("cancel", id);
    awaitStatus(id, "cancelled");
    assertThat(cli.run("pause", id).code()).isEqualTo(2);
    assertThat(cli.run("status", "nothing").err()).contains("no sweep nothing");
    done("retry", id);
    assertThat(status(id).get("status").asText()).isEqualTo("running");
    done("cancel", id);
  }
}
