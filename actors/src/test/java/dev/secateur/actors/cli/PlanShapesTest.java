package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LLaMA-7B's sweep planned without anything of it but its config. */
class PlanShapesTest {
  private static final String CONFIG =
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008, "vocab_size": 32000,
       "num_hidden_layers": 32, "num_attention_heads": 32, "max_position_embeddings": 2048,
       "rms_norm_eps": 1e-6, "tie_word_embeddings": false}
      """;

  private static final String SWEEP =
      """
      models = ["%s"], ratios = [0.25], strategies = [block, channel], criteria = [taylor-element1]
      layers { first = 4, end = 30 }
      calibration.text = "/nowhere/calibration.txt"
      recovery { data = "/nowhere/alpaca.json", steps = 10, targets = [q_proj, v_proj] }
      evaluation { text = "/nowhere/text.txt", tasks = "/nowhere/tasks" }
      """;

  @TempDir private Path folder;
  private Path config;

  @BeforeEach
  void write() throws Exception {
    Path model = Files.createDirectories(folder.resolve("llama-7b"));
    config = Files.writeString(model.resolve("config.json"), CONFIG);
  }

  private Cli.Result plan(String text, String... more) throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), text);
    java.util.List<String> all =
        new java.util.ArrayList<>(
            java.util.List.of(
                "plan", sweep.toString(), "--work", folder.resolve("work").toString()));
    all.addAll(java.util.List.of(more));
    return Cli.here(all.toArray(String[]::new));
  }

  @Test
  void needsNoWeightsTokenizerNorTexts() throws Exception {
    for (Path model : new Path[] {config, config.getParent()}) {
      Cli.Result planned = plan(SWEEP.formatted(model), "--shapes", "--json");
      assertThat(planned.code()).as(planned.err()).isZero();
      JsonNode sizes = Json.MAPPER.readTree(planned.out()).get("sizes");
      assertThat(sizes.get(0).get("before").asLong()).isEqualTo(6_738_415_616L);
      assertThat(sizes.get(0).get("parameters").asLong()).isEqualTo(5_422_977_024L); // published
      assertThat(sizes).hasSize(2);
    }
    assertThat(plan(SWEEP.formatted(config.getParent())).code()).isEqualTo(2);
  }

  @Test
  void stillTellsWhatTheShapeCannotDo() throws Exception {
    String sweep = SWEEP.formatted(config);
    assertThat(plan(sweep.replace("0.25]", "0.95], targets = [parameters]"), "--shapes").err())
        .contains("a ratio of 0.95 needs to remove");
    assertThat(plan(sweep.replace("v_proj", "w_proj"), "--shapes").err())
        .contains("'recovery.targets[1]' is 'w_proj'", "did you mean");
    assertThat(plan(sweep.replace("end = 30", "end = 40"), "--shapes").err())
        .contains("has 32 layers");
    assertThat(plan(SWEEP.formatted(folder.resolve("none")), "--shapes").err())
        .contains("--shapes needs a checkpoint's config.json, or its folder");
  }

  @Test
  void tellsWhatLlamaCppDoesNotTake() throws Exception {
    Path qwen =
        Files.writeString(
            Files.createDirectory(folder.resolve("qwen3")).resolve("config.json"),
            """
            {"model_type": "qwen3", "hidden_size": 32, "num_hidden_layers": 4,
             "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
             "intermediate_size": 48, "vocab_size": 3072}""");
    String sweep = "models = [\"" + qwen + "\"], ratios = [0.5], export = [hf, gguf]\n";
    assertThat(plan(sweep, "--shapes").err())
        .contains("'export' of model", "no GGUF is written", "'uniform = true' keeps blocks alike");
    assertThat(plan(sweep + "uniform = true", "--shapes").code()).isZero();
  }

  @Test
  void filesBesideItAreIncluded() throws Exception {
    Files.writeString(folder.resolve("base.conf"), SWEEP.formatted(config));
    Cli.Result planned = plan("name = with-base\ninclude \"base.conf\"\n", "--shapes");
    assertThat(planned.out()).as(planned.err()).startsWith("with-base: 2 trials");
    Files.writeString(folder.resolve("base.conf"), SWEEP.formatted(config) + "attempt = 1\n");
    assertThat(plan("name = with-base\ninclude \"base.conf\"\n", "--shapes").err())
        .contains(folder.resolve("base.conf") + ":6: unknown key 'attempt'");
  }
}
