package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep that asks for all that a sweep can ask for, of a model in the hub's cache. */
class WideSweepTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private static final String SWEEP =
      """
      name = wide
      models = ["hf:owner/demo"]
      ratios = [0.25]
      criteria = [l2, random]
      calibration { samples = 2, length = 16 }
      recovery {
        template = plain, steps = 3, batch = 2, micro-batch = 1, warmup = 1, cutoff = 48
        checkpointing = true, validation { rows = 4, every = 2 }, targets = [q_proj, v_proj]
        when { top = 1 }
        scratch { learning-rate = 1e-3 }
      }
      evaluation {
        text = "hf:owner/texts/data/test.jsonl#sentence", window = 32, windows = 4
        latency { batch = 2, length = 16, generated = 3, warmup = 1, repetitions = 2 }
        generate { prompts = ["dog:", "a bird is"], max-tokens = 6 }
        tasks = wordnet, questions = 5
        choice-tasks = [{
          name = capitals, file = "%s", template = "The capital of {land} is"
          choices = "{towns}", answer = capital
        }]
      }
      """;

  @TempDir static Path folder;
  private static Cli cli;

  @BeforeAll
  static void fillTheCache() throws IOException {
    Path demo = DemoModel.extract(folder.resolve("models"));
    Path model = cached("models--owner--demo");
    try (Stream<Path> files = Files.list(demo)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Path texts = Files.createDirectories(cached("datasets--owner--texts").resolve("data"));
    String row = "{\"sentence\": \"a bird that sings at night and is heard by many people\"}\n";
    Files.writeString(texts.resolve("test.jsonl"), row.repeat(40));
    cli =
        new Cli(
            folder,
            Map.of("HF_HUB_CACHE", folder.resolve("hub").toString(), "HF_HUB_OFFLINE", "1"));
  }

  private static Path cached(String repository) throws IOException {
    Path root = folder.resolve("hub").resolve(repository);
    Files.createDirectories(root.resolve("refs"));
    Files.writeString(root.resolve("refs/main"), COMMIT);
    return Files.createDirectories(root.resolve("snapshots").resolve(COMMIT));
  }

  private static Path sweep() throws IOException {
    Path tasks =
        Files.writeString(
            folder.resolve("capitals.jsonl"),
            "{\"land\": \"France\", \"towns\": [\"Rome\", \"Paris\"], \"capital\": \"Paris\"}\n"
                + "{\"land\": \"Italy\", \"towns\": [\"Rome\", \"Paris\"], \"capital\": 0}\n");
    String text = SWEEP.replace("choices = \"{towns}\"", "choices = [\"{towns}\"]");
    return Files.writeString(folder.resolve("wide.conf"), text.formatted(tasks));
  }

  @Test
  void recordsAllThatIsAskedOfEveryModel() throws Exception {
    Path work = folder.resolve("work");
    Cli.Result result = cli.run("run", sweep().toString(), "--work", work.toString(), "--json");
    assertThat(result.code()).as(result.err()).isZero();
    JsonNode trials = Json.MAPPER.readTree(result.out()).get("trials");
    int left = trials.get(0).has("not_recovered") ? 0 : 1;
    JsonNode skipped = trials.get(left);
    JsonNode recovered = trials.get(1 - left);
    assertThat(skipped.get("not_recovered").asText()).contains("place 2 of 2 by perplexity");
    assertThat(skipped.has("perplexity_recovered")).isFalse();
    assertThat(result.err()).contains("is not recovered: place 2 of 2");
    assertThat(skipped.get("perplexity_pruned").asDouble())
        .isGreaterThanOrEqualTo(recovered.get("perplexity_pruned").asDouble());
    assertThat(recovered.get("perplexity_scratch").asDouble())
        .as("three steps teach a random model nothing")
        .isGreaterThan(recovered.get("perplexity_recovered").asDouble());
    for (String model : new String[] {"before", "pruned", "recovered", "scratch"}) {
      JsonNode metrics = recovered.get("metrics").get(model);
      for (String metric :
          new String[] {
            "perplexity",
            "capitals.acc",
            "capitals.acc_stderr",
            "wordnet.acc_norm",
            "accuracy",
            "forward_seconds",
            "token_seconds.p90",
            "distinct_1",
            "repeated_4"
          }) {
        assertThat(metrics.has(metric)).as(model + " " + metric).isTrue();
      }
      assertThat(metrics.get("capitals.n").asInt()).isEqualTo(2);
    }
    JsonNode pruning = recovered.get("metrics").get("pruning");
    assertThat(pruning.get("macs_after").asDouble())
        .isPositive()
        .isLessThan(pruning.get("macs_before").asDouble());
    assertThat(pruning.get("memory_bytes_after").asDouble())
        .isLessThan(pruning.get("memory_bytes_before").asDouble());
    Path run;
    try (Stream<Path> runs = Files.list(work.resolve("runs"))) {
      run = runs.findFirst().orElseThrow();
    }
    assertThat(Files.readString(run.resolve("samples.md")))
        .contains("## Trial 0: hf:owner/demo block 0.25 l2 sum")
        .contains("**recovered**")
        .contains("> dog: **|** ");
    assertThat(Files.readString(run.resolve("events.jsonl"))).contains("\"recovery-skipped\"");
  }

  @Test
  void commandsTakeNamesOfTheHub() throws Exception {
    Cli.Result evaluated =
        cli.run(
            "evaluate",
            "hf:owner/demo",
            "--perplexity",
            "hf:owner/texts@" + COMMIT + "/data/test.jsonl#sentence",
            "--window",
            "32",
            "--windows",
            "2",
            "--json");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    assertThat(evaluated.out()).contains("\"windows\" : 2");
    Cli.Result missing = cli.run("evaluate", "hf:owner/absent", "--perplexity", "wordnet");
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.err())
        .contains("hf:owner/absent: not in the cache, and HF_HUB_OFFLINE forbids");
  }

  @Test
  void measuresLatency() throws Exception {
    Cli.Result result =
        cli.run(
            "bench",
            "latency",
            "demo",
            "--work",
            folder.resolve("bench").toString(),
            "--repetitions",
            "2",
            "--generated",
            "2",
            "--json");
    assertThat(result.code()).as(result.err()).isZero();
    JsonNode found = Json.MAPPER.readTree(result.out());
    assertThat(found.get("tokens").asInt()).isEqualTo(64);
    assertThat(found.get("forward").get("median").asDouble()).isPositive();
    assertThat(found.get("token").get("count").asInt()).isEqualTo(4);
    assertThat(found.get("device").asText()).isEqualTo("cpu()");
  }

  @Test
  void trainsAModelOfARecipesShapeFromRandomWeights() throws Exception {
    Path work = folder.resolve("like");
    Path recipe = folder.resolve("recipe.json");
    Cli.Result pruned =
        cli.run(
            "prune",
            "demo",
            "--work",
            work.toString(),
            "--strategy",
            "block",
            "--ratio",
            "0.5",
            "--criterion",
            "l2",
            "--recipe",
            recipe.toString(),
            "--json");
    assertThat(pruned.code()).as(pruned.err()).isZero();
    long left = Json.MAPPER.readTree(pruned.out()).at("/parameters/after").asLong();
    Path out = folder.resolve("scratch");
    Cli.Result trained =
        cli.run(
            "train",
            "--like",
            "demo",
            "--recipe",
            recipe.toString(),
            "--data",
            "wordnet",
            "--template",
            "plain",
            "--steps",
            "3",
            "--batch",
            "2",
            "--cutoff",
            "48",
            "--work",
            work.toString(),
            "--out",
            out.toString(),
            "--json");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(Json.MAPPER.readTree(trained.out()).get("parameters").asLong())
        .isEqualTo(left)
        .isPositive();
    Cli.Result evaluated =
        cli.run("evaluate", out.toString(), "--perplexity", "wordnet", "--windows", "2", "--json");
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    Cli.Result neither = cli.run("train", "--out", folder.resolve("none").toString());
    assertThat(neither.code()).isEqualTo(2);
    assertThat(neither.err()).contains("give a training CONFIG, 'demo', or --like CHECKPOINT");
  }
}
