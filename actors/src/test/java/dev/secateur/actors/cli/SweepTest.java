package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.coordinator.json.Json;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.source.SourceHashes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whole sweeps through the command line. */
class SweepTest extends SweepFixture {
  private static Cli.Result run(Path sweep, Path work, int workers)
      throws IOException, InterruptedException {
    return cli.run(
        "run", sweep.toString(), "--work", work.toString(), "--json", "--workers", "" + workers);
  }

  /** The content of every file of that name among the artifacts, by stage key. */
  private static Map<String, List<Byte>> artifacts(Path work, String name) throws IOException {
    Map<String, List<Byte>> contents = new TreeMap<>();
    try (Stream<Path> keys = Files.list(work.resolve("artifacts"))) {
      for (Path key : keys.toList()) {
        if (Files.exists(key.resolve(name))) {
          byte[] bytes = Files.readAllBytes(key.resolve(name));
          contents.put(
              key.getFileName().toString(),
              java.util.stream.IntStream.range(0, bytes.length).mapToObj(i -> bytes[i]).toList());
        }
      }
    }
    return contents;
  }

  @Test
  void givesTheSameOnOneWorkerAsOnTwoAndReusesWhatIsFinished() throws Exception {
    Path sweep = sweep("two-models.conf", 2, "demo", tiny.toString());
    Path one = folder.resolve("work-one");
    Path two = folder.resolve("work-two");
    JsonNode first = results(run(sweep, one, 1));
    JsonNode second = results(run(sweep, two, 2));

    assertThat(first.get("trials")).hasSize(8);
    assertThat(first.get("stages_reused").asInt()).isZero();
    for (int trial = 0; trial < 8; trial++) {
      JsonNode a = first.get("trials").get(trial);
      JsonNode b = second.get("trials").get(trial);
      for (String key : List.of("parameters_after", "perplexity_pruned", "perplexity_recovered")) {
        assertThat(b.path(key)).as("%s of trial %d", key, trial).isEqualTo(a.path(key));
      }
      assertThat(a.get("parameters_after").asLong())
          .isLessThan(a.get("parameters_before").asLong());
    }
    for (String file :
        List.of(
            "recipe.json", "scores.safetensors", "adapter_model.safetensors", "provenance.json")) {
      assertThat(artifacts(one, file)).isNotEmpty().isEqualTo(artifacts(two, file));
    }

    Cli.Result again = run(sweep, one, 2);
    assertThat(results(again).get("stages_reused")).isEqualTo(first.get("stages"));
    assertThat(again.err()).contains("were reused");

    JsonNode trial = first.get("trials").get(4);
    Path exported =
        one.resolve("artifacts").resolve(trial.get("stages").get("checkpoint").asText());
    JsonNode reloaded =
        results(run(sweep("exported.conf", 1, exported.toString()), folder.resolve("w3"), 2));
    assertThatItSaysHowItWasMade(exported, trial.get("stages"));
    double recovered = trial.get("perplexity_recovered").asDouble();
    assertThat(reloaded.get("trials").get(0).get("perplexity_before").asDouble())
        .isCloseTo(
            recovered, withinPercentage(0.1)); // merged weights are rounded to the base's F16
    assertThat(Checkpoint.open(exported).types().values()).containsOnly(ElementType.F16);
  }

  /** All stages that led to it, with their settings, seeds and hashes. */
  private static void assertThatItSaysHowItWasMade(Path exported, JsonNode keys)
      throws IOException {
    JsonNode provenance = Json.MAPPER.readTree(exported.resolve("provenance.json").toFile());
    assertThat(provenance.get("stage")).isEqualTo(keys.get("checkpoint"));
    assertThat(provenance.get("secateur").asText()).isNotEmpty();
    assertThat(provenance.get("code_version").asInt()).isEqualTo(CodeVersion.CURRENT.number());
    JsonNode stages = provenance.get("stages");
    List<String> kinds = new ArrayList<>();
    stages.forEach(stage -> kinds.add(stage.get("kind").asText()));
    assertThat(kinds)
        .containsExactlyInAnyOrder("export", "recovery", "pruning", "estimation", "discovery");
    JsonNode recovery = stages.get(keys.get("adapter").asText());
    assertThat(recovery.get("seed").asLong()).isEqualTo(42);
    assertThat(recovery.at("/tuning/rank").asInt()).isEqualTo(8);
    assertThat(recovery.at("/data/sha256").asText()).isEqualTo("wordnet-3.1");
    assertThat(recovery.at("/model/sha256").asText()).isEqualTo(SourceHashes.model(tiny));
    assertThat(stages.get(keys.get("recipe").asText()).at("/point/ratio").asDouble())
        .isEqualTo(0.5);
    JsonNode manifest = Json.MAPPER.readTree(exported.resolve("artifact.json").toFile());
    assertThat(manifest.at("/provenance/worker").asText()).startsWith("local/");
    assertThat(manifest.at("/provenance/device").asText()).isEqualTo("cpu");
  }

  @Test
  void writesTableFilesAndEvents() throws Exception {
    Path work = folder.resolve("work-files");
    Cli.Result result =
        cli.run(
            "run", sweep("files.conf", 1, tiny.toString()).toString(), "--work", work.toString());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("params after").contains("taylor-element1");
    assertThat(result.out().lines().filter(line -> line.contains(" block "))).hasSize(2);
    assertThat(result.err()).contains("[trials ").doesNotContain("\033[");
    Path run = onlyRun(work);
    assertThat(run.resolve("events.jsonl"))
        .content()
        .containsPattern("\"stock_transformers\":[01]\\.0");
    assertThat(run)
        .isDirectoryContaining("glob:**/results.json")
        .isDirectoryContaining("glob:**/results.csv")
        .isDirectoryContaining("glob:**/*.png")
        .isDirectoryContaining("glob:**/*.svg");
    long expected = 1;
    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      JsonNode event = Json.MAPPER.readTree(line);
      assertThat(event.has("time") && event.has("event")).isTrue();
      assertThat(event.get("sequence").asLong()).isEqualTo(expected++);
    }
    assertThat(expected).isGreaterThan(20);
    assertThatItsResultsSayHowTheyCameAbout(run);
    Cli.Result plan =
        cli.run(
            "plan", folder.resolve("files.conf").toString(), "--work", work.toString(), "--json");
    JsonNode stages = Json.MAPPER.readTree(plan.out()).get("stages");
    assertThat(stages.get("estimation").get("done"))
        .isEqualTo(stages.get("estimation").get("shared"));
  }

  private static void assertThatItsResultsSayHowTheyCameAbout(Path run) throws IOException {
    String text = Files.readString(folder.resolve("files.conf"));
    assertThat(run.resolve("sweep.conf")).hasContent(text);
    JsonNode results = Json.MAPPER.readTree(run.resolve("results.json").toFile());
    JsonNode provenance = results.get("provenance");
    assertThat(provenance.get("command").asText())
        .startsWith("secateur run ")
        .contains("files.conf --work ");
    assertThat(provenance.get("client").asText()).startsWith("secateur/");
    assertThat(provenance.get("configuration").asText()).isEqualTo(text);
    assertThat(provenance.get("settings").get("recovery.rank").asInt()).isEqualTo(8);
    assertThat(provenance.get("ended").asText())
        .isGreaterThan(provenance.get("submitted").asText());
    assertThat(provenance.at("/models/0/source").asText()).isEqualTo(tiny.toString());
    assertThat(provenance.at("/models/0/sha256").asText()).isEqualTo(SourceHashes.model(tiny));
    int stages = 0;
    for (JsonNode computed : provenance.get("computed")) {
      JsonNode machine = computed.get("machine");
      for (String name : List.of("worker", "host", "device", "java", "djl", "libtorch", "os")) {
        assertThat(machine.get(name).asText()).as(name).isNotEmpty();
      }
      stages += computed.get("stages").asInt();
    }
    assertThat(stages).isEqualTo(results.get("stages").asInt());
  }

  @Test
  void computesInBfloat16NearFloat32() throws Exception {
    String text =
        """
        models = [demo], ratios = [0.5], criteria = [taylor-element1], steps = [2]
        calibration { samples = 2, length = 16 }
        recovery { template = plain, steps = 1, batch = 2, micro-batch = 2, cutoff = 32 }
        evaluation {
          window = 32, windows = 2
          latency { length = 8, generated = 1, warmup = 0, repetitions = 1 }
          generate { prompts = [dog], max-tokens = 2 }
        }
        """;
    Path work = folder.resolve("work-precision");
    JsonNode wide = results(run(written("float32.conf", text), work, 1));
    JsonNode narrow = results(run(written("bfloat16.conf", text + "compute = bfloat16"), work, 1));
    assertThat(narrow.get("stages_reused").asInt()).as("discovery").isEqualTo(1);
    JsonNode a = wide.get("trials").get(0);
    JsonNode b = narrow.get("trials").get(0);
    assertThat(a.has("compute")).isFalse();
    assertThat(b.get("compute").asText()).isEqualTo("bfloat16");
    assertThat(b.get("parameters_after")).isEqualTo(a.get("parameters_after"));
    for (String when : List.of("perplexity_before", "perplexity_pruned", "perplexity_recovered")) {
      assertThat(b.get(when).asDouble())
          .as(when)
          .isNotEqualTo(a.get(when).asDouble())
          .isCloseTo(a.get(when).asDouble(), withinPercentage(10));
    }
  }

  @Test
  void prunesInStepsByACriterionThatLooksAtNoSample() throws Exception {
    String text =
        "models = [\"%s\"], ratios = [0.5], criteria = [l2, random], steps = [2]\n"
            + "evaluation { window = 32, windows = 1 }";
    Path sweep = written("steps.conf", text.formatted(tiny));
    JsonNode found = results(run(sweep, folder.resolve("work-steps"), 1));
    assertThat(found.get("completed").asInt()).isEqualTo(2);
  }

  private static Path written(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  @Test
  void runsTheQuickstart() throws Exception {
    Cli.Result result =
        cli.run(
            "run",
            "quickstart",
            "--work",
            folder.resolve("work-quickstart").toString(),
            "--json",
            "--set",
            "recovery.steps=1",
            "--set",
            "evaluation.windows=1",
            "--set",
            "evaluation.questions=2");
    JsonNode found = results(result);
    assertThat(found.get("completed").asInt()).isEqualTo(18);
    assertThat(found.get("trials").findValues("perplexity_recovered")).hasSize(6);
    assertThat(result.err()).contains("0 of 56 stages were reused");
  }

  @Test
  void plansTheBest() throws Exception {
    Cli.Result plan = cli.run("plan", "best", "--work", folder.resolve("work-best").toString());
    assertThat(plan.code()).as(plan.err()).isZero();
    assertThat(plan.out()).startsWith("best: 6 trials").contains("profile", "compensation");
  }

  @Test
  void refusesASettingThatIsNone() throws Exception {
    assertThat(cli.run("plan", "quickstart", "--set", "seed").err())
        .contains("--set is 'seed'; it must be KEY=VALUE");
    assertThat(cli.run("plan", "quickstart", "--set", "sead=1").err())
        .contains("unknown key 'sead'");
  }
}
