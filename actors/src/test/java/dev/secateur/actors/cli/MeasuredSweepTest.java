package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.RandomCheckpoint;
import dev.secateur.coordinator.json.Json;
import dev.secateur.model.Costs;
import dev.secateur.model.ModelConfig;
import dev.secateur.pruning.Pruning;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Criterion obs and scope measured on the command line, of a tiny model of random weights. */
class MeasuredSweepTest {

  @TempDir static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void makeAModel() throws IOException {
    Path demo = DemoModel.extract(folder.resolve("demo"));
    ObjectNode config =
        Json.MAPPER
            .createObjectNode()
            .put("model_type", "llama")
            .put("vocab_size", Checkpoint.open(demo).decoder().vocabulary())
            .put("hidden_size", 16)
            .put("intermediate_size", 24)
            .put("num_hidden_layers", 3)
            .put("num_attention_heads", 4)
            .put("num_key_value_heads", 2)
            .put("max_position_embeddings", 256);
    text =
        Files.writeString(
            folder.resolve("text.txt"), "The dog is an animal that guards a house.\n".repeat(60));
    model = folder.resolve("tiny");
    new RandomCheckpoint(ModelConfig.of(folder.resolve("config.json"), config), ElementType.F32, 7)
        .write(model, Long.MAX_VALUE, Optional.of(demo), bytes -> {});
  }

  /** What each trial's recipe removes, by what tells trials apart. */
  private static Map<String, JsonNode> removed(String name, int parts) throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve(name + ".conf"),
            """
            models = ["%s"]
            ratios = [0.4]
            criteria = [obs, l2]
            scopes = [local, global, measured]
            calibration { text = "%s", samples = 3, length = 16, parts = %d }
            evaluation { text = "%s", window = 32, windows = 2 }
            """
                .formatted(model, text, parts, text));
    Path work = folder.resolve(name);
    Cli.Result ran = Cli.here("run", sweep.toString(), "--work", work.toString(), "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    Map<String, JsonNode> removed = new TreeMap<>();
    for (JsonNode trial : Json.MAPPER.readTree(ran.out()).get("trials")) {
      Path recipe =
          work.resolve("artifacts")
              .resolve(trial.at("/stages/recipe").asText())
              .resolve("recipe.json");
      String key = trial.get("criterion").asText() + " " + trial.get("scope").asText();
      removed.put(key, Json.MAPPER.readTree(recipe.toFile()).get("groups"));
    }
    return removed;
  }

  @Test
  void profilesInPartsGiveTheSameRecipesAndTheCommandToo() throws IOException {
    Map<String, JsonNode> whole = removed("whole", 1);
    assertThat(whole).hasSize(2 * 3);
    assertThat(removed("parts", 3)).isEqualTo(whole);
    Path recipe = folder.resolve("recipe.json");
    Cli.Result pruned =
        Cli.here(
            "prune",
            model.toString(),
            "--strategy=block",
            "--criterion=obs",
            "--scope=measured",
            "--ratio=0.4",
            "--calibration=" + text,
            "--samples=3",
            "--length=16",
            "--recipe=" + recipe);
    assertThat(pruned.code()).as(pruned.err()).isZero();
    assertThat(pruned.err()).contains("measuring profiles of 6 structures");
    assertThat(Json.MAPPER.readTree(recipe.toFile()).get("groups"))
        .isEqualTo(whole.get("obs measured"));
  }

  @Test
  void meetsABudgetOfMultiplyAccumulates() throws IOException {
    Path out = folder.resolve("fewer");
    Cli.Result pruned =
        Cli.here(
            "prune",
            model.toString(),
            "--strategy=block",
            "--criterion=obs",
            "--scope=measured",
            "--target=macs",
            "--ratio=0.05",
            "--calibration=" + text,
            "--samples=3",
            "--length=16",
            "--out=" + out);
    assertThat(pruned.code()).as(pruned.err()).isZero();
    long before = macs(model);
    long due = Math.round(0.05 * before);
    long channel = 64 * 3 * 16 + 64; // products of a channel, and its activation, on 64 tokens
    assertThat(before - macs(out)).isBetween(due, due + channel);
  }

  @Test
  void meetsABudgetOfBytesInTheTypesThatAreWritten() throws IOException {
    Path out = folder.resolve("lighter");
    Cli.Result pruned =
        Cli.here(
            "prune",
            model.toString(),
            "--strategy=block",
            "--criterion=obs",
            "--scope=measured",
            "--target=bytes",
            "--dtype=BF16",
            "--ratio=0.02",
            "--calibration=" + text,
            "--samples=3",
            "--length=16",
            "--out=" + out);
    assertThat(pruned.code()).as(pruned.err()).isZero();
    long before = 2 * Pruning.elements(Checkpoint.open(model).decoder());
    long due = Math.round(0.02 * before);
    Map<String, ElementType> types = Checkpoint.open(out).types();
    long after =
        Checkpoint.open(out).decoder().parameters().stream()
            .mapToLong(p -> p.elements() * types.get(p.name()).bytes())
            .sum();
    assertThat(types.values()).containsOnly(ElementType.BF16);
    assertThat(before - after).isBetween(due, due + 2 * 3 * 16);
  }

  @Test
  void choosesByTimesThatASweepMeasuresOnceAndTellsThem() throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve("times.conf"),
            """
            models = ["%s"], ratios = [0.01, 0.02], criteria = [l2], scopes = [measured]
            targets = [latency], timing { device = cpu, length = 48, batch = 4 }
            calibration { text = "%s", samples = 2, length = 16 }
            evaluation { text = "%s", window = 32, windows = 2 }
            """
                .formatted(model, text, text));
    Path work = folder.resolve("times");
    Cli.Result ran = Cli.here("run", sweep.toString(), "--work", work.toString(), "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode trials = Json.MAPPER.readTree(ran.out()).get("trials");
    assertThat(trials).hasSize(2);
    double dense = trials.get(0).at("/metrics/timing/forward_seconds").asDouble();
    assertThat(dense).isPositive();
    for (JsonNode trial : trials) {
      JsonNode pruning = trial.at("/metrics/pruning");
      assertThat(pruning.get("predicted_seconds_before").asDouble()).isEqualTo(dense);
      assertThat(pruning.get("predicted_seconds_after").asDouble())
          .isLessThanOrEqualTo(dense * (1 - trial.get("ratio").asDouble()));
    }
  }

  @Test
  void prunesByTimesOfThisMachineAndSaysWhatTheyPromise() throws IOException {
    Cli.Result pruned = Cli.here(byTime("0.01"));
    assertThat(pruned.code()).as(pruned.err()).isZero();
    assertThat(pruned.err()).contains("timing structures in passes of 2 x 40 tokens");
    JsonNode told = Json.MAPPER.readTree(pruned.out());
    assertThat(told.get("target").asText()).isEqualTo("latency");
    double before = told.get("predicted_seconds_before").asDouble();
    assertThat(told.get("predicted_seconds_after").asDouble()).isBetween(0.0, 0.99 * before);
    Cli.Result much = Cli.here(byTime("0.99"));
    assertThat(much.code()).isNotZero();
    assertThat(much.err()).contains("ms of a pass, but the layers that may be pruned save only");
  }

  private static String[] byTime(String ratio) {
    return new String[] {
      "prune",
      model.toString(),
      "--strategy=block",
      "--criterion=l2",
      "--scope=measured",
      "--target=latency",
      "--timing-batch=2",
      "--timing-length=40",
      "--ratio=" + ratio,
      "--calibration=" + text,
      "--samples=2",
      "--length=16",
      "--json"
    };
  }

  @Test
  void saysWhichScopeBytesAndLatencyNeed() {
    for (String target : List.of("bytes", "latency")) {
      Cli.Result local =
          Cli.here(
              "prune",
              model.toString(),
              "--strategy=block",
              "--criterion=l2",
              "--target=" + target,
              "--ratio=0.4");
      assertThat(local.code()).isNotZero();
      assertThat(local.err())
          .contains("target " + target + " needs scope measured, not scope local");
    }
  }

  private static long macs(Path checkpoint) {
    return Costs.of(Checkpoint.open(checkpoint).decoder(), Costs.TOKENS).macs();
  }

  private static String[] climbing(int samples, String scope, String... more) {
    return Stream.concat(
            Stream.of(
                "prune",
                model.toString(),
                "--strategy=block",
                "--criterion=obs",
                "--scope=" + scope,
                "--target=parameters",
                "--ratio=0.02",
                "--climbing=4",
                "--calibration=" + text,
                "--samples=" + samples,
                "--length=128"),
            Stream.of(more))
        .toArray(String[]::new);
  }

  @Test
  void climbsAlikeInASweepAndInTheCommand() throws IOException {
    Path recipe = folder.resolve("climbed.json");
    Cli.Result pruned =
        Cli.here(climbing(32, "measured", "--compensation=least-squares", "--recipe=" + recipe));
    assertThat(pruned.code()).as(pruned.err()).isZero();
    assertThat(pruned.err())
        .contains("climbing: 0 of 4 moves measured, 0 kept", "climbing: 4 of 4 moves measured");
    JsonNode made = Json.MAPPER.readTree(recipe.toFile());
    assertThat(made.at("/provenance/climbing").asText()).startsWith("4 moves measured, ");
    Path sweep =
        Files.writeString(
            folder.resolve("climbing.conf"),
            """
            models = ["%s"]
            ratios = [0.02], criteria = [obs], scopes = [measured], targets = [parameters]
            climbing = [0, 4], compensation = [least-squares]
            calibration { text = "%s", samples = 32, length = 128 }
            evaluation { text = "%s", window = 32, windows = 2 }
            """
                .formatted(model, text, text));
    Path work = folder.resolve("climbing");
    Cli.Result ran = Cli.here("run", sweep.toString(), "--work", work.toString(), "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode trials = Json.MAPPER.readTree(ran.out()).get("trials");
    assertThat(trials).hasSize(2);
    JsonNode climbed = trials.get(1);
    assertThat(climbed.get("climbing").asInt()).isEqualTo(4);
    Path swept =
        work.resolve("artifacts")
            .resolve(climbed.at("/stages/recipe").asText())
            .resolve("recipe.json");
    assertThat(Json.MAPPER.readTree(swept.toFile()).get("groups")).isEqualTo(made.get("groups"));
    JsonNode metrics = climbed.at("/metrics/pruning");
    assertThat(metrics.get("divergence_after").asDouble())
        .isLessThanOrEqualTo(metrics.get("divergence_before").asDouble());
    try (Stream<Path> left = Files.list(work.resolve("artifacts"))) {
      assertThat(left).noneMatch(path -> path.getFileName().toString().startsWith(".state"));
    }
  }

  @Test
  void saysWhatClimbingNeeds() {
    Cli.Result few = Cli.here(climbing(31, "measured", "--recipe=" + folder.resolve("r.json")));
    assertThat(few.code()).isNotZero();
    assertThat(few.err()).contains("are 3968 tokens; with fewer than 4096");
    Cli.Result local = Cli.here(climbing(32, "local", "--recipe=" + folder.resolve("r.json")));
    assertThat(local.code()).isNotZero();
    assertThat(local.err())
        .contains("climbing moves units between structures only under scope measured");
  }

  @Test
  void saysWhatScopeMeasuredNeeds() {
    Cli.Result layers =
        Cli.here("prune", model.toString(), "--strategy=layer", "--scope=measured", "--ratio=0.4");
    assertThat(layers.code()).isNotZero();
    assertThat(layers.err()).contains("scope measured profiles heads and channels");
    Cli.Result samples =
        Cli.here(
            "prune",
            model.toString(),
            "--strategy=block",
            "--criterion=l2",
            "--scope=measured",
            "--ratio=0.4");
    assertThat(samples.code()).isNotZero();
    assertThat(samples.err()).contains("the scope 'measured' needs samples: give --calibration");
    Cli.Result much =
        Cli.here(
            "prune",
            model.toString(),
            "--strategy=block",
            "--criterion=l2",
            "--scope=measured",
            "--target=parameters",
            "--ratio=0.9",
            "--calibration=" + text,
            "--samples=2",
            "--length=8");
    assertThat(much.code()).isNotZero();
    assertThat(much.err()).contains("but at most ");
  }
}
