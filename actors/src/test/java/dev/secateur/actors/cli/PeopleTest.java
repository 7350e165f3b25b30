package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people ask of a cluster: what happens, what has happened, and why. */
class PeopleTest extends CoordinatorFixture {
  private static String submitted(String name) throws Exception {
    return done("submit", sweep(name, 1).toString()).out().strip();
  }

  @Test
  void watchesASweepToItsEndAndDescribesItsTrialAfterwards() throws Exception {
    String id = submitted("watched");
    Cli.Result watched = cli.run("watch", id);
    assertThat(watched.code()).isZero();
    assertThat(watched.out()).contains("perplexity");
    assertThat(cli.run("watch", id).out()).as("once it has ended").isEqualTo(watched.out());

    JsonNode story = Json.MAPPER.readTree(done("describe", id, "0", "--json").out());
    assertThat(story.get("status").asText()).isEqualTo("completed");
    assertThat(story.get("stages"))
        .allSatisfy(
            stage -> {
              assertThat(stage.get("status").asText()).isEqualTo("done");
              assertThat(stage.at("/attempts/0/worker").asText()).startsWith("local/");
            });
    String told = done("describe", id, "0").out();
    assertThat(told)
        .startsWith("trial 0 of " + id + ": demo, block 0.25 l2 sum")
        .contains("recovery of demo, block 0.25 l2 sum  (")
        .contains("attempt 1 by local/");
    assertThat(cli.run("describe", id, "1"))
        .isEqualTo(
            new Cli.Result(
                2, "", "secateur: sweep " + id + " has no trial 1; its trials are 0 to 0\n"));
  }

  @Test
  void submitsWithTheFilesThatAreIncludedAndShowsScores() throws Exception {
    Path part =
        Files.writeString(folder.resolve("part.conf"), "ratios = [0.25]\ncriteria = [l2]\n");
    Path whole =
        Files.writeString(
            folder.resolve("whole.conf"),
            """
            name = whole, models = [demo]
            include "part.conf"
            evaluation { window = 32, windows = 2 }
            """);
    String id = done("submit", whole.toString()).out().strip();
    awaitStatus(id, "completed");
    String csv = done("scores", id, "0", "--format", "csv").out();
    assertThat(csv).startsWith("structure,unit,removed,score,member_0");
    assertThat(csv.lines().filter(line -> line.startsWith("layers.1.mlp,"))).hasSize(512);
    assertThat(csv.lines().filter(line -> line.matches("layers.1.mlp,\\d+,1,.*"))).hasSize(128);
    assertThat(done("scores", id, "0").out()).contains("layers.1.attention");
    Files.writeString(part, "ratios = [0.25]\n\ncriterion = [l2]\n");
    assertThat(cli.run("submit", whole.toString()))
        .satisfies(
            refused -> {
              assertThat(refused.code()).isEqualTo(2);
              assertThat(refused.err()).contains(part + ":3: unknown key 'criterion'");
            });
  }

  @Test
  void tellsEventsInWords() throws Exception {
    String id = submitted("worded");
    awaitStatus(id, "completed");
    String told = done("events", "--sweep", id).out();
    assertThat(told)
        .contains("stage-leased pruning of demo, block 0.25 l2 sum: trial 0 worker=local/")
        .contains("trial-completed trial 0 (demo, block 0.25 l2 sum)")
        .doesNotContainPattern("T\\d\\d:\\d\\d:\\d\\d\\.")
        .doesNotContainPattern("[0-9a-f]{32}");
    assertThat(cli.run("events", "--sweep", "none"))
        .isEqualTo(new Cli.Result(2, "", "secateur: no sweep none\n"));
    assertThat(cli.run("watch", "none"))
        .isEqualTo(new Cli.Result(2, "", "secateur: no sweep none\n"));
  }

  @Test
  void followsWithoutNoiseUnlessAllIsWanted() throws Exception {
    Cli.Running some = cli.start("events", "--follow", "--since", "999999");
    Cli.Running all = cli.start("events", "--follow", "--since", "999999", "--all");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(
            () -> {
              done("submit", sweep("noise", 1).toString(), "--wait");
              return Files.readString(all.out()).contains("worker-idle")
                  && Files.readString(some.out()).contains("stage-started");
            });
    assertThat(Files.readString(some.out())).doesNotContain("worker-idle", "worker-busy");
    some.signal("TERM");
    all.signal("TERM");
    some.await();
    all.await();
  }

  @Test
  void printsTheLinesOfAWorkerAndOfAStage() throws Exception {
    String id = submitted("logged");
    awaitStatus(id, "completed");
    String one = done("logs", "local/1", "-n", "1000").out() + done("logs", "local/2").out();
    assertThat(one)
        .contains("worker-started local/1 starts on cpu")
        .containsPattern("task-started pruning [0-9a-f]{12} of demo begins")
        .containsPattern("task-done pruning [0-9a-f]{12} of demo is done in \\d+\\.\\d s");
    String stage =
        Json.MAPPER
            .readTree(done("results", id, "--json").out())
            .at("/trials/0/stages/recipe")
            .asText();
    assertThat(done("logs", stage.substring(0, 12), id).out())
        .contains("stage-leased pruning " + stage.substring(0, 12))
        .contains("task-started pruning " + stage.substring(0, 12));
    List<String> json =
        done("logs", stage.substring(0, 12), "-n", "1", "--json").out().lines().toList();
    assertThat(json).hasSize(1);
    assertThat(Json.MAPPER.readTree(json.get(0)).get("stage").asText()).isEqualTo(stage);
    assertThat(cli.run("logs", "nobody"))
        .isEqualTo(
            new Cli.Result(
                2, "", "secateur: no node of the cluster has log lines of worker nobody\n"));
  }

  @Test
  void aFailuresTraceIsInTheLogAndNotInTheMessage() throws Exception {
    Path demo = folder.resolve("work/models/demo");
    submitted("copied");
    await().atMost(LONG).until(() -> Files.exists(demo.resolve("model.safetensors")));
    Path other = Files.createDirectories(folder.resolve("served/broken"));
    copyFiles(demo, other);
    Path text =
        Files.writeString(folder.resolve("served/lines.txt"), "a text of some words\n".repeat(99));
    Path config =
        Files.writeString(
            folder.resolve("broken.conf"),
            "name = broken, attempts = 1, models = [\"%s\"], ratios = [0.25], criteria = [l2]\n"
                    .formatted(other)
                + "evaluation { text = \""
                + text
                + "\", window = 32, windows = 2 }\n");
    String holding =
        done("submit", sweep("holding", 1_000_000, "0.25, 0.5").toString()).out().strip();
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> done("workers").out().split("recovery of " + holding, -1).length == 3);
    String id = done("submit", config.toString()).out().strip();
    Files.delete(text);
    done("cancel", holding);
    awaitStatus(id, "completed");
    String failed = done("events", "--sweep", id).out();
    assertThat(failed).contains("stage-failed").doesNotContain("at dev.secateur");
    String logs = // one of the two had it
        cli.run("logs", "local/1", id).out() + cli.run("logs", "local/2", id).out();
    assertThat(logs).contains("WARN task-failed evaluation ").contains("\tat dev.secateur.");
    assertThat(Files.readString(node.err()))
        .containsPattern("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ WARN  TaskLog: evaluation ")
        .doesNotContain("\tat dev.secateur.");
    assertThat(Files.readString(node.err()).lines())
        .allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ .*"));
  }
}
