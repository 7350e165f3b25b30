package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.RandomCheckpoint;
import dev.secateur.coordinator.json.Json;
import dev.secateur.model.ModelConfig;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Experts on the command line: a model of random weights with the demo model's tokenizer. */
class ExpertSweepTest {

  @TempDir static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void makeAModel() throws IOException {
    Path demo = DemoModel.extract(folder.resolve("demo"));
    ObjectNode config =
        Json.MAPPER
            .createObjectNode()
            .put("model_type", "mixtral")
            .put("vocab_size", Checkpoint.open(demo).decoder().vocabulary())
            .put("hidden_size", 16)
            .put("intermediate_size", 24)
            .put("num_hidden_layers", 3)
            .put("num_attention_heads", 2)
            .put("num_key_value_heads", 1)
            .put("num_local_experts", 4)
            .put("max_position_embeddings", 256);
    text =
        Files.writeString(
            folder.resolve("text.txt"), "The dog is an animal that guards a house.\n".repeat(60));
    model = folder.resolve("experts");
    new RandomCheckpoint(ModelConfig.of(folder.resolve("config.json"), config), ElementType.F32, 7)
        .write(model, Long.MAX_VALUE, Optional.of(demo), bytes -> {});
  }

  private static Path sweep(String name, String ratio) throws IOException {
    return Files.writeString(
        folder.resolve(name),
        """
        models = ["%s"]
        strategies = [expert, block, block-shared]
        ratios = [%s]
        criteria = [usage, reap, taylor-element1, ablation]
        export = true
        calibration { text = "%s", samples = 2, length = 16, parts = 2 }
        recovery {
          data = "%s", steps = 2, batch = 2, micro-batch = 2, cutoff = 64, strategies = [expert]
        }
        evaluation { text = "%s", window = 32, windows = 2 }
        """
            .formatted(model, ratio, text, text, text));
  }

  /** {@code usage} and {@code reap} score experts alone; the other two whatever is pruned. */
  @Test
  void aSweepPrunesExpertsAndTheirChannels() throws IOException {
    Cli.Result ran =
        Cli.here(
            "run",
            sweep("sweep.conf", "0.5").toString(),
            "--work",
            folder.resolve("work").toString(),
            "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode trials = Json.MAPPER.readTree(ran.out()).get("trials");
    assertThat(trials).hasSize(4 + 2 + 2);
    Set<String> experts = new HashSet<>();
    for (JsonNode trial : trials) {
      assertThat(trial.get("parameters_after").asLong())
          .isLessThan(trial.get("parameters_before").asLong());
      assertThat(trial.get("perplexity_pruned").asDouble()).isFinite();
      Path exported =
          folder.resolve("work/artifacts").resolve(trial.at("/stages/checkpoint").asText());
      Checkpoint written = Checkpoint.open(exported);
      if (trial.get("strategy").asText().equals("expert")) {
        experts.add(trial.get("criterion").asText());
        assertThat(trial.get("perplexity_recovered").asDouble()).isFinite();
        assertThat(written.config().json().get("num_local_experts").asInt()).isEqualTo(2);
      } else {
        assertThat(written.config().json().get("num_local_experts").asInt()).isEqualTo(4);
      }
    }
    assertThat(experts).containsExactlyInAnyOrder("usage", "reap", "taylor-element1", "ablation");
  }

  @Test
  void aPlanSaysWhatRatioAskForMoreExpertsThanMayGo() throws IOException {
    Cli.Result plan =
        Cli.here(
            "plan",
            sweep("greedy.conf", "0.7").toString(),
            "--work",
            folder.resolve("work").toString());
    assertThat(plan.code()).isNotZero();
    assertThat(plan.err())
        .contains(
            "trials of strategy expert, target group-ratio: a ratio of 0.7 removes 3 of the 4")
        .contains("experts of 'layers.0.experts', but a token needs 2; lower the ratio");
    Path dense =
        Files.writeString(
            folder.resolve("dense.conf"), "models = [demo]\nstrategies = [expert]\nratios = [0.5]");
    Cli.Result none =
        Cli.here("plan", dense.toString(), "--work", folder.resolve("work").toString());
    assertThat(none.code()).isNotZero();
    assertThat(none.err()).contains("the strategy 'expert' finds no experts in the blocks");
  }

  @Test
  void inspectShowsTheParametersOfAToken() throws IOException {
    Cli.Result shown = Cli.here("inspect", model.toString());
    long idle = 3L * 2 * 3 * 16 * 24;
    assertThat(shown.out())
        .containsPattern("parameters  [\\d,]+ ")
        .contains("per token  ")
        .containsPattern("layers\\.0\\.experts +4  gate rows, w1, w3, w2")
        .containsPattern("layers\\.0\\.experts\\.\\*\\.mlp +24  w1 rows, w3 rows, w2 columns")
        .doesNotContain("experts.1.mlp");
    JsonNode json = Json.MAPPER.readTree(Cli.here("inspect", model.toString(), "--json").out());
    assertThat(json.get("parameters").asLong() - json.get("active_parameters").asLong())
        .isEqualTo(idle);
    assertThat(List.of(Cli.here("inspect", "demo").out().split("\n")))
        .noneMatch(line -> line.startsWith("per token"));
    Cli.Result pruned =
        Cli.here("inspect", model.toString(), "--strategy", "expert", "--ratio", "0.25", "--json");
    assertThat(Json.MAPPER.readTree(pruned.out()).at("/base/parameters").asLong())
        .isEqualTo(json.get("parameters").asLong());
  }
}
