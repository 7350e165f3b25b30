package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Compensation of one checkpoint by a command, and of a sweep's trials. */
class CompensationTest extends SweepFixture {
  private static final String[] PRUNE = {
    "prune", "CHECKPOINT", "--strategy", "block", "--ratio", "0.5", "--criterion", "l2"
  };
  private static final String[] FIT = {
    "--compensation",
    "least-squares",
    "--calibration",
    "wordnet",
    "--samples",
    "8",
    "--length",
    "24"
  };

  private static Cli.Result prune(Object... more) {
    List<String> all = new ArrayList<>(Arrays.asList(PRUNE));
    all.set(1, tiny.toString());
    Stream.of(more)
        .flatMap(one -> one instanceof String[] several ? Stream.of(several) : Stream.of(one))
        .forEach(one -> all.add(one.toString()));
    return Cli.here(all.toArray(String[]::new));
  }

  /** A text that is encoded at once, unlike the built-in one. */
  private static Path text() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      lines.append("The ").append(i).append(" dogs of house ").append(i * i).append(" bark.\n");
    }
    return Files.writeString(folder.resolve("text.txt"), lines);
  }

  @Test
  void aWrittenCheckpointHasTheRefittedMatrices() throws IOException {
    Path plain = folder.resolve("plain");
    Path recipe = folder.resolve("r.json");
    Path fitted = folder.resolve("fitted");
    Path again = folder.resolve("again");
    assertThat(prune("--out", plain, "--recipe", recipe).code()).isZero();
    Cli.Result compensated = prune(FIT, "--out", fitted, "--recipe", recipe);
    assertThat(compensated.code()).as(compensated.err()).isZero();
    assertThat(compensated.out())
        .containsPattern("compensation: \\d+ matrices refitted, ridge .*, squared error ");
    Path beside = folder.resolve("r.compensation.safetensors");
    assertThat(beside).exists();
    Cli.Result read =
        Cli.here(
            "prune",
            tiny.toString(),
            "--recipe-in",
            recipe.toString(),
            "--compensation-in",
            beside.toString(),
            "--out",
            again.toString());
    assertThat(read.code()).as(read.err()).isZero();
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(fitted.resolve("model.safetensors"));
    assertThat(plain.resolve("model.safetensors"))
        .hasSize(Files.size(fitted.resolve("model.safetensors")));
    assertThat(
            Files.mismatch(plain.resolve("model.safetensors"), fitted.resolve("model.safetensors")))
        .isNotEqualTo(-1);
    Path alone = folder.resolve("alone");
    JsonNode json =
        Json.MAPPER.readTree(prune(FIT, "--ridge", "rule", "--json", "--out", alone).out());
    assertThat(json.get("compensation").get(0).get("matrix").asText())
        .isEqualTo("model.layers.1.self_attn.o_proj");
    assertThat(json.get("compensation").get(0).get("ridge").asDouble())
        .isCloseTo(2.0 * 16 / (8 * 24), within(1e-12));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.startsWith("."));
    }
  }

  @Test
  void optionsThatContradictEachOtherAreRefusedBeforeAnyWork() {
    refused("--ridge needs --compensation least-squares", "--ridge", "rule");
    refused("nothing says where to write them: give --out DIR", (Object) FIT);
    refused(
        "--compensation least-squares needs samples: give --calibration",
        "--compensation",
        "least-squares",
        "--recipe",
        folder.resolve("x.json"));
    refused(
        "--ridge is 'much'; allowed are cross-validation, rule or a number above 0",
        FIT,
        "--ridge",
        "much",
        "--out",
        folder.resolve("x"));
    refused(
        "can't be combined with the strategy 'channel'",
        FIT,
        "--strategy",
        "channel",
        "--out",
        folder.resolve("x"));
  }

  private static void refused(String told, Object... more) {
    Cli.Result result;
    if (Arrays.asList(more).contains("channel")) {
      List<String> all =
          new ArrayList<>(List.of("prune", tiny.toString(), "--ratio", "0.5", "--criterion", "l2"));
      Stream.of(more)
          .flatMap(one -> one instanceof String[] several ? Stream.of(several) : Stream.of(one))
          .forEach(one -> all.add(one.toString()));
      result = Cli.here(all.toArray(String[]::new));
    } else {
      result = prune(more);
    }
    assertThat(result.code()).as(result.out() + result.err()).isEqualTo(2);
    assertThat(result.err()).contains(told);
  }

  private static final String SWEEP_OF_BOTH =
      """
      name = both, models = ["%s"], strategies = [block], ratios = [0.5], criteria = [l2]
      compensation = [none, least-squares]
      calibration { text = "%s", samples = 8, length = 24 }
      evaluation { text = "%s", window = 32, windows = 4 }
      """;

  @Test
  void isAnAxisOfASweep() throws Exception {
    Path text = text();
    String asked = SWEEP_OF_BOTH.formatted(tiny, text, text);
    Path sweep = Files.writeString(folder.resolve("both.conf"), asked);
    Path work = folder.resolve("both");
    Cli.Result run = cli.run("run", sweep.toString(), "--work", work.toString(), "--json");
    JsonNode trials = results(run).get("trials");
    assertThat(trials).hasSize(2);
    JsonNode plain = trials.get(0);
    JsonNode fitted = trials.get(1);
    assertThat(fitted.at("/settings/compensation").asText()).isEqualTo("least-squares");
    assertThat(fitted.at("/settings/ridge").asText()).isEqualTo("cross-validation");
    assertThat(plain.get("settings").has("compensation")).isFalse();
    assertThat(fitted.at("/metrics/compensation/matrices").asDouble()).isPositive();
    assertThat(fitted.at("/stages/recipe").asText())
        .as("both are fitted to one recipe")
        .isEqualTo(plain.at("/stages/recipe").asText());
    assertThat(fitted.get("perplexity_pruned").asDouble())
        .isNotEqualTo(plain.get("perplexity_pruned").asDouble());
    assertThat(fitted.get("parameters_after")).isEqualTo(plain.get("parameters_after"));
    String table = Files.readString(onlyRun(work).resolve("results.csv"));
    assertThat(table).contains("compensation").contains("least-squares").contains("none");
  }
}
