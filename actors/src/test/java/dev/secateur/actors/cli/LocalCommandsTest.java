package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that work on one checkpoint without a cluster, within this process. */
class LocalCommandsTest {
  private static final String LLAMA_7B =
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
       "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
      """;

  @TempDir static Path folder;
  private static String demo;

  @BeforeAll
  static void extractTheDemoModel() {
    demo = DemoModel.extract(folder).toString();
  }

  private static JsonNode json(String... arguments) throws IOException, InterruptedException {
    Cli.Result result = Cli.here(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return Json.MAPPER.readTree(result.out());
  }

  @Test
  void inspectsAConfigWithoutWeightsBeforeAndAfterPruning() throws Exception {
    Path config = Files.writeString(folder.resolve("llama-7b.json"), LLAMA_7B);
    JsonNode whole = json("inspect", config.toString(), "--json");
    assertThat(whole.get("parameters").asLong()).isEqualTo(6_738_415_616L);
    assertThat(whole.get("structures")).hasSize(2 + 64);
    JsonNode pruned =
        json(
            "inspect",
            config.toString(),
            "--json",
            "--strategy",
            "block",
            "--ratio",
            "0.25",
            "--layers",
            "4..30");
    assertThat(pruned.get("parameters").asLong()).isEqualTo(5_422_977_024L);
    assertThat(pruned.get("memory_bytes").asLong()).isEqualTo(10_879_524_864L);
    assertThat(pruned.get("base").get("parameters").asLong()).isEqualTo(6_738_415_616L);
  }

  @Test
  void computesInBfloat16WhereAskedTo() throws Exception {
    String[] evaluate = {"evaluate", demo, "--perplexity", "wordnet", "--windows", "2", "--json"};
    JsonNode wide = json(evaluate);
    JsonNode narrow = json(with(evaluate, "--compute", "bfloat16"));
    assertThat(wide.get("compute").asText()).isEqualTo("float32");
    assertThat(narrow.get("compute").asText()).isEqualTo("bfloat16");
    double expected = wide.at("/perplexity/wordnet/perplexity").asDouble();
    assertThat(narrow.at("/perplexity/wordnet/perplexity").asDouble())
        .isNotEqualTo(expected)
        .isCloseTo(expected, withinPercentage(2));
    String[] generate = {"generate", demo, "--prompt", "dog", "--max-tokens", "3", "--json"};
    assertThat(json(with(generate, "--compute", "bfloat16")).get("tokens").asInt()).isPositive();
    String[] prune = {
      "prune",
      demo,
      "--strategy",
      "block",
      "--ratio",
      "0.5",
      "--criterion",
      "taylor-mixed",
      "--steps",
      "2",
      "--calibration",
      "wordnet",
      "--samples",
      "2",
      "--length",
      "8",
      "--json"
    };
    JsonNode recipe = json(with(prune, "--compute", "bfloat16"));
    assertThat(recipe.at("/provenance/compute").asText()).isEqualTo("bfloat16");
    assertThat(recipe.get("parameters")).isEqualTo(json(prune).get("parameters"));
  }

  private static String[] with(String[] command, String... more) {
    return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new);
  }

  @Test
  void prunesWritesAndComparesRecipes() throws Exception {
    Path recipe = folder.resolve("recipe.json");
    Path out = folder.resolve("pruned");
    Path scores = folder.resolve("scores.safetensors");
    JsonNode pruned =
        json(
            "prune",
            demo,
            "--strategy",
            "block",
            "--ratio",
            "0.5",
            "--criterion",
            "taylor-element1",
            "--calibration",
            "wordnet",
            "--samples",
            "2",
            "--length",
            "16",
            "--recipe",
            recipe.toString(),
            "--out",
            out.toString(),
            "--scores",
            scores.toString(),
            "--json");
    assertThat(scores).isNotEmptyFile();
    assertThat(pruned.get("stock_transformers").get("loads").asBoolean()).isFalse();
    assertThat(pruned.get("stock_transformers").get("reason").asText())
        .startsWith("blocks have uneven widths: ")
        .contains("512 MLP channels in blocks 0, 7, 256 MLP channels in blocks 1-6");
    assertThat(pruned.get("groups").get(0).get("name").asText()).isEqualTo("layers.1.attention");
    long after = pruned.get("parameters").get("after").asLong();
    assertThat(json("inspect", out.toString(), "--json").get("parameters").asLong())
        .isEqualTo(after);
    assertThat(
            json("inspect", demo, "--recipe", recipe.toString(), "--json")
                .get("parameters")
                .asLong())
        .isEqualTo(after);

    Path other = folder.resolve("other.json");
    json(
        "prune",
        demo,
        "--strategy",
        "block",
        "--ratio",
        "0.5",
        "--criterion",
        "l2",
        "--recipe",
        other.toString(),
        "--json");
    assertThat(
            json("compare", recipe.toString(), out.toString(), "--json").get("equal").asBoolean())
        .isTrue();
    JsonNode compared = json("compare", recipe.toString(), other.toString(), "--json");
    assertThat(compared.get("equal").asBoolean()).isFalse();
    assertThat(compared.get("same_base").asBoolean()).isTrue();

    Cli.Result again =
        Cli.here(
            "prune",
            demo,
            "--strategy",
            "block",
            "--ratio",
            "0.5",
            "--criterion",
            "l2",
            "--out",
            out.toString());
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("already exists");
  }

  @Test
  void saysSoWhenNothingWouldGo() throws Exception {
    Cli.Result result =
        Cli.here(
            "prune",
            demo,
            "--strategy",
            "layer",
            "--ratio",
            "0.01",
            "--criterion",
            "first-n",
            "--layers",
            "7..8");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("layers").contains("1 of 8 units removed");
    Cli.Result nothing =
        Cli.here(
            "prune",
            demo,
            "--strategy",
            "block",
            "--ratio",
            "0.001",
            "--criterion",
            "l2",
            "--mlp-layers",
            "1..2",
            "--attention-layers",
            "1..2");
    assertThat(nothing.code()).as(nothing.err()).isZero();
    assertThat(nothing.out()).contains("layers.1.attention").contains("0 of 4 units removed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--strategy block --ratio 1.0 | '1.0' is not a ratio",
        "--strategy block --ratio -0.1 | '-0.1' is not a ratio",
        "--strategy blok --ratio 0.5 | 'blok' is not one of block, channel",
        "--strategy block --ratio 0.5 --criterion l3 | 'l3' is not one of taylor-vector",
        "--strategy block --ratio 0.5 --criterion l2 --layers 4..99 | which has 8 layers",
        "--strategy block --ratio 0.5 --criterion l2 --layers 4-9 | is not a range of layers",
        "--strategy block --ratio 0.5 | needs samples: give --calibration",
        "--strategy block --ratio 0.5 --criterion first-n | scores no units of strategy",
        "--strategy block --ratio 0.9 --criterion l2 --target parameters | lower the ratio",
        "--strategy block --ratio 0.5 --calibration /none.txt | /none.txt",
        "--ratio 0.5 | give --strategy and --ratio"
      })
  void refusesInOneLineWithExitCodeTwo(String arguments, String complaint) throws Exception {
    String[] all =
        Stream.concat(Stream.of("prune", demo), Stream.of(arguments.split(" ")))
            .toArray(String[]::new);
    Cli.Result result = Cli.here(all);
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).contains(complaint).doesNotContain("\tat ");
  }

  @Test
  void refusesAFileThatIsNoRecipe() throws Exception {
    Path file = Files.writeString(folder.resolve("no-recipe.json"), "{}");
    Cli.Result result = Cli.here("compare", file.toString(), file.toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("no-recipe.json: 'strategy' is missing");
  }
}
