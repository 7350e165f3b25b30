package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.model.PrunedDecoder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uniform widths and GGUF files, by sweeps and by commands for one checkpoint. */
class UniformSweepTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private String work() {
    return folder.resolve("work").toString();
  }

  private JsonNode run(String text) throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve("sweep.conf"),
            "models = [demo], criteria = [l2]\nevaluation { window = 32, windows = 1 }\n" + text);
    Cli.Result ran = Cli.here("run", sweep.toString(), "--work", work(), "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    return JSON.readTree(ran.out()).get("trials");
  }

  private Path checkpoint(JsonNode trial) {
    return folder.resolve("work/artifacts").resolve(trial.at("/stages/checkpoint").asText());
  }

  @Test
  void aSweepWritesStockCheckpointsWithTheGgufFilesThatExportMakesOfThem() throws IOException {
    JsonNode trials =
        run(
            """
            export = [hf, gguf], gguf-type = q8_0, uniform = true, targets = [parameters]
            trials = [
              { strategy = block, ratio = 0.25 }
              { strategy = block, ratio = 0.25, uniform = false }
            ]
            """);
    assertThat(trials).hasSize(2);
    for (JsonNode trial : trials) {
      boolean uniform = trial.path("uniform").asBoolean();
      Path written = checkpoint(trial);
      assertThat(trial.at("/metrics/checkpoint/stock_transformers").asDouble(uniform ? 1 : 0))
          .isEqualTo(uniform ? 1 : 0);
      assertThat(Checkpoint.open(written).config().json().has(PrunedDecoder.KEY))
          .isNotEqualTo(uniform);
      Path file = folder.resolve(uniform + ".gguf");
      Cli.Result exported =
          Cli.here(
              "export",
              written.toString(),
              "--gguf",
              file.toString(),
              "--type",
              "q8_0",
              "--name",
              "demo");
      assertThat(exported.code()).as(exported.err()).isZero();
      assertThat(exported.out()).contains(uniform ? "llama.cpp's 'llama'" : "llama.cpp's 'deci'");
      assertThat(written.resolve("model.gguf")).hasSameBinaryContentAs(file);
    }
    assertThat(trials.get(0).path("uniform").asBoolean()).isTrue();
    assertThat(trials.get(0).path("layers").asText()).isEqualTo("0..8");
    assertThat(trials.get(1).has("uniform")).isFalse();
    assertThat(trials.get(1).path("layers").asText()).isEqualTo("1..7");
  }

  /** A table says which trials are uniform where they differ in it, and a plan which sizes are. */
  @Test
  void tablesAndPlansTellItApart() throws IOException {
    Path sweep =
        Files.writeString(
            folder.resolve("both.conf"),
            """
            models = [demo], criteria = [l2], layers = "0..8"
            trials = [
              { strategy = block, ratio = 0.25, target = parameters }
              { strategy = block, ratio = 0.25, target = parameters, uniform = true }
            ]
            evaluation { window = 32, windows = 1 }
            """);
    Cli.Result plan = Cli.here("plan", sweep.toString(), "--work", work());
    assertThat(plan.out()).as(plan.err()).contains("block uniform ").containsPattern("block {10}");
    Cli.Result ran = Cli.here("run", sweep.toString(), "--work", work());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("uniform");
    Path run;
    try (Stream<Path> runs = Files.list(folder.resolve("work/runs"))) {
      run = runs.findFirst().orElseThrow();
    }
    assertThat(Files.readAllLines(run.resolve("results.csv")).get(0)).endsWith(",uniform");
    Cli.Result report =
        Cli.here("report", run.toString(), "--columns", "uniform,ppl", "--format", "csv");
    assertThat(report.out().lines().toList())
        .as(report.err())
        .hasSize(3)
        .element(2)
        .asString()
        .startsWith("uniform,");
  }

  @Test
  void pruneAndInspectTakeIt() throws IOException {
    Path out = folder.resolve("pruned");
    Cli.Result pruned =
        Cli.here(
            "prune",
            "demo",
            "--strategy",
            "block",
            "--ratio",
            "0.25",
            "--target",
            "parameters",
            "--uniform",
            "--criterion",
            "l2",
            "--out",
            out.toString(),
            "--work",
            work(),
            "--json");
    assertThat(pruned.code()).as(pruned.err()).isZero();
    JsonNode recipe = JSON.readTree(pruned.out());
    assertThat(recipe.at("/stock_transformers/loads").asBoolean()).isTrue();

    Cli.Result inspected =
        Cli.here(
            "inspect",
            "demo",
            "--strategy",
            "block",
            "--ratio",
            "0.25",
            "--target",
            "parameters",
            "--uniform",
            "--work",
            work(),
            "--json");
    assertThat(inspected.code()).as(inspected.err()).isZero();
    assertThat(JSON.readTree(inspected.out()).get("parameters").asLong())
        .isEqualTo(recipe.at("/parameters/after").asLong());
  }

  @Test
  void whatGoesNotWithUniformIsRefused() {
    assertThat(refusal("--layers", "1..7"))
        .contains("the layers 1..7 are not all 8 of the model, and --uniform prunes all of them");
    assertThat(refusal("--scope", "global"))
        .contains("uniform widths go with scope local alone")
        .contains("choose scope local or leave uniform out");
    Cli.Result masks =
        Cli.here(
            "inspect",
            "demo",
            "--strategy",
            "block",
            "--ratio",
            "0.25",
            "--layers",
            "0..8",
            "--uniform",
            "--work",
            work());
    assertThat(masks.code()).as(masks.err()).isZero();
  }

  private String refusal(String option, String value) {
    Cli.Result refused =
        Cli.here(
            "prune",
            "demo",
            "--strategy",
            "block",
            "--ratio",
            "0.25",
            "--uniform",
            option,
            value,
            "--criterion",
            "l2",
            "--work",
            work());
    assertThat(refused.code()).isEqualTo(2);
    return refused.err();
  }
}
