package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.RandomCheckpoint;
import dev.secateur.coordinator.json.Json;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uniform widths and GGUF files, by sweeps and by commands for one checkpoint. */
class UniformSweepTest {

  @TempDir static Path folder;
  private static Path demo;
  private static Path text;

  /** Of random weights, with the tokenizer of the demo model. */
  private static Path model(String family) throws IOException {
    Path model = folder.resolve(family);
    if (!Files.exists(model)) {
      String config =
          """
          {"model_type": "%s", "hidden_size": 32, "num_hidden_layers": 8,
           "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8,
           "intermediate_size": 64, "vocab_size": 3072, "tie_word_embeddings": true}"""
              .formatted(family);
      new RandomCheckpoint(
              ModelConfig.of(Path.of("config.json"), Json.MAPPER.readTree(config)),
              ElementType.F16,
              1)
          .write(model, Long.MAX_VALUE, Optional.of(demo), bytes -> {});
    }
    return model;
  }

  @BeforeAll
  static void extract() throws IOException {
    demo = DemoModel.extract(folder.resolve("demo"));
    text =
        Files.writeString(
            folder.resolve("text.txt"), "The dog is an animal that guards a house.\n".repeat(60));
  }

  private static Path sweep(String name, String family, String content) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".conf"),
        "name = %s, models = [\"%s\"], criteria = [l2], attempts = 1\n"
                .formatted(name, model(family))
            + "evaluation { text = \"%s\", window = 32, windows = 1 }\n".formatted(text)
            + content);
  }

  private static String work(String name) {
    return folder.resolve("work-" + name).toString();
  }

  private static Cli.Result cli(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    return Cli.here(all.toArray(String[]::new));
  }

  private static final String BOTH =
      """
      targets = [parameters], layers = "0..8"
      export = [hf, gguf], gguf-type = q8_0
      trials = [
        { strategy = block, ratio = 0.05 }
        { strategy = block, ratio = 0.05, uniform = true }
      ]
      """;

  @Test
  void aSweepWritesStockCheckpointsWithTheGgufFilesThatExportMakesOfThem() throws IOException {
    Path sweep = sweep("both", "llama", BOTH);
    Cli.Result ran = cli("run", sweep.toString(), "--work", work("both"), "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode trials = Json.MAPPER.readTree(ran.out()).get("trials");
    assertThat(trials).hasSize(2);
    assertThat(trials.get(0).has("uniform")).isFalse();
    assertThat(trials.get(1).get("uniform").asBoolean()).isTrue();
    for (JsonNode trial : trials) {
      boolean uniform = trial.has("uniform");
      Path written = Path.of(work("both"), "artifacts", trial.at("/stages/checkpoint").asText());
      assertThat(Checkpoint.open(written).config().json().has(PrunedDecoder.KEY))
          .isNotEqualTo(uniform);
      Path file = folder.resolve(uniform + ".gguf");
      Cli.Result exported =
          cli(
              "export",
              written.toString(),
              "--gguf",
              file.toString(),
              "--type",
              "q8_0",
              "--name",
              "llama");
      assertThat(exported.code()).as(exported.err()).isZero();
      assertThat(exported.out()).contains(uniform ? "llama.cpp's 'llama'" : "llama.cpp's 'deci'");
      assertThat(written.resolve("model.gguf")).hasSameBinaryContentAs(file);
      assertThat(written.resolve("artifact.json")) // whose files fetch brings
          .content()
          .contains("\"model.gguf\"");
    }
    assertThatTablesTellThemApart();
  }

  private static void assertThatTablesTellThemApart() throws IOException {
    Path run;
    try (Stream<Path> runs = Files.list(Path.of(work("both"), "runs"))) {
      run = runs.findFirst().orElseThrow();
    }
    assertThat(Files.readAllLines(run.resolve("results.csv")).get(0)).endsWith(",uniform");
    Cli.Result report =
        cli("report", run.toString(), "--columns", "uniform,ppl", "--format", "csv");
    assertThat(report.out().lines().map(line -> line.replaceAll(",.*", "")))
        .as(report.err())
        .containsExactly("uniform", "", "uniform");
    Cli.Result points = cli("plot", run.toString(), "--x", "parameters", "--points");
    assertThat(points.out()).as(points.err()).contains("uniform");
  }

  @Test
  void aPlanTellsThemApart() throws IOException {
    Path sweep = sweep("planned", "llama", BOTH);
    Cli.Result plan = cli("plan", sweep.toString(), "--work", work("both"));
    assertThat(plan.out()).as(plan.err()).contains("block uniform ").containsPattern("block {10}");
  }

  /** Under scope global it is the scores that make widths differ. */
  @Test
  void whatOnlyScoresTellFailsTheExportWithTheReason() throws IOException {
    Path sweep =
        sweep(
            "global",
            "olmo2",
            "ratios = [0.3], scopes = [global], layers = \"0..8\", export = [hf, gguf]");
    Cli.Result ran = cli("run", sweep.toString(), "--work", work("global"), "--json");
    assertThat(ran.code()).as(ran.err()).isEqualTo(3);
    JsonNode trial = Json.MAPPER.readTree(ran.out()).get("trials").get(0);
    assertThat(trial.get("failure").asText())
        .contains("no GGUF is written: llama.cpp's 'olmo2' requires blocks of one size");
    assertThat(trial.get("perplexity_pruned").asDouble()).isPositive();
  }

  private static final List<String> POINT =
      List.of("--strategy", "block", "--ratio", "0.05", "--target", "parameters", "--uniform");

  private static Cli.Result pointed(String command, String... more) throws IOException {
    List<String> all = new ArrayList<>(List.of(model("llama").toString()));
    all.addAll(POINT);
    all.addAll(List.of("--work", work("commands")));
    all.addAll(List.of(more));
    return cli(command, all.toArray(String[]::new));
  }

  @Test
  void pruneAndInspectTakeIt() throws IOException {
    Cli.Result pruned =
        pointed("prune", "--criterion", "l2", "--out", folder.resolve("p").toString(), "--json");
    assertThat(pruned.code()).as(pruned.err()).isZero();
    JsonNode recipe = Json.MAPPER.readTree(pruned.out());
    assertThat(recipe.at("/stock_transformers/loads").asBoolean()).isTrue();
    Cli.Result inspected = pointed("inspect", "--json");
    assertThat(inspected.code()).as(inspected.err()).isZero();
    assertThat(Json.MAPPER.readTree(inspected.out()).get("parameters").asLong())
        .isEqualTo(recipe.at("/parameters/after").asLong());
  }

  @Test
  void whatDoesNotGoWithItIsRefused() throws IOException {
    Cli.Result layers = pointed("prune", "--criterion", "l2", "--layers", "1..7");
    assertThat(layers.code()).isEqualTo(2);
    assertThat(layers.err())
        .contains("the layers 1..7 are not all 8 of the model, but --uniform prunes all of them");
    Cli.Result scope = pointed("prune", "--criterion", "l2", "--scope", "global");
    assertThat(scope.code()).isEqualTo(2);
    assertThat(scope.err())
        .contains("uniform widths need scope local")
        .contains("choose scope local or remove uniform");
    assertThat(pointed("inspect", "--layers", "0..8").code()).isZero();
  }
}
