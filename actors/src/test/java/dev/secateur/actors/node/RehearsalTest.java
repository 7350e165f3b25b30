package dev.secateur.actors.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.RandomCheckpoint;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.coordinator.json.Json;
import dev.secateur.coordinator.plan.SweepPlanner;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.PredictedSize;
import dev.secateur.protocol.Rehearsed;
import dev.secateur.source.LocalFiles;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What would fail a sweep's stages for their input is told before any runs. */
class RehearsalTest {
  @TempDir static Path folder;

  private static Rehearsed rehearse(String text) {
    return rehearseAll("models = [demo]\n" + text);
  }

  private static Rehearsed rehearseAll(String text) {
    LocalSources sources =
        new LocalSources(new LocalFiles((file, done, all) -> {}, folder.resolve("models")));
    return sources.rehearse(
        SweepPlanner.plan(SweepConfigReader.read(text, "sweep.conf", sources), sources));
  }

  private static String write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ratios = [0.9], targets = [parameters], layers { first = 3, end = 4 } | 'ratios' of model"
            + " 'demo': 1 trials of strategy block, target parameters: a ratio of 0.9 needs to remove",
        "ratios = [0.5], recovery { cutoff = 2, steps = 1 } | 'recovery' of model 'demo': wordnet: none of"
      })
  void whatTheModelOrTheBuiltInDataCannotDo(String text, String problem) {
    assertThat(rehearse(text).problems())
        .anySatisfy(line -> assertThat(line).startsWith(problem).hasLineCount(1));
  }

  /** A model of 64 learned positions with the demo model's tokenizer. */
  private static String learned() throws IOException {
    return model(
        "learned",
        """
        {"model_type": "gpt2", "n_embd": 32, "n_layer": 8, "n_head": 4, "vocab_size": 3072,
         "n_positions": 64}""");
  }

  private static String model(String name, String config) throws IOException {
    Path model = folder.resolve(name);
    if (!Files.exists(model)) {
      new RandomCheckpoint(
              ModelConfig.of(Path.of("config.json"), Json.MAPPER.readTree(config)),
              ElementType.F32,
              1)
          .write(
              model,
              1 << 30,
              Optional.of(DemoModel.extract(folder.resolve("tokenizer"))),
              bytes -> {});
    }
    return "models = [\"" + model + "\"]\n";
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "calibration { length = 65 } | calibration.length | 65",
        "evaluation { window = 65 } | evaluation.window | 65",
        "evaluation { window = 64, latency { length = 60, generated = 8 } } | evaluation.latency | 68"
      })
  void moreTokensThanAModelHasLearnedPositionsFor(String text, String key, int tokens)
      throws IOException {
    String common = "ratios = [0.5], criteria = [taylor-vector], ";
    assertThat(rehearseAll(learned() + common + text).problems())
        .contains(
            "'%s' of model '%s': is %d, and the model has positions for 64 tokens"
                .formatted(key, folder.resolve("learned"), tokens));
  }

  @Test
  void positionsThatAreComputedAreNeverTooFew() {
    assertThat(rehearse("ratios = [0.5], evaluation { window = 600 }").problems()).isEmpty();
  }

  @Test
  void whatFilesDoNotHold() throws IOException {
    String brief = write("brief.txt", "A text of a few words.\n");
    assertThat(rehearse("ratios = [0.5], calibration.text = \"" + brief + "\"").problems())
        .singleElement()
        .asString()
        .startsWith("'calibration' of model 'demo': " + brief)
        .contains("too short");
    assertThat(rehearse("ratios = [0.5], evaluation.text = \"" + brief + "\"").problems())
        .singleElement()
        .asString()
        .startsWith("'evaluation.text' of model 'demo': ")
        .contains("too few for one window");
    String rows = write("rows.jsonl", "{\"q\": \"one?\", \"a\": \"1\", \"b\": \"2\", \"n\": 0}\n");
    String task =
        "ratios = [0.5], evaluation.choice-tasks = [{ name = own, file = \"%s\", template ="
            + " \"{question}\", choices = [\"{a}\", \"{b}\"], answer = n }]";
    assertThat(rehearse(task.formatted(rows)).problems())
        .singleElement()
        .asString()
        .startsWith("'evaluation.choice-tasks' of model 'demo': " + rows + ":1: ")
        .contains("'question' is missing");
    assertThat(rehearse(task.replace("{question}", "{q}").formatted(rows)).problems()).isEmpty();
  }

  @Test
  void thatAModelIsReadAsItsTextModel() throws IOException {
    Path demo = DemoModel.extract(folder.resolve("seeing"));
    Path config = demo.resolve("config.json");
    Files.writeString(
        config,
        Json.MAPPER
            .createObjectNode()
            .put("model_type", "llava")
            .<ObjectNode>set("text_config", Json.MAPPER.readTree(config.toFile()))
            .toString());
    Rehearsed rehearsed =
        rehearseAll("models = [\"" + demo + "\"], ratios = [0.5], criteria = [l1]");
    assertThat(rehearsed.problems()).isEmpty();
    assertThat(rehearsed.notices())
        .containsExactly(
            "model "
                + demo
                + ": 'llava' is read as its text model, 'llama'; its vision parts are left out");
    assertThat(rehearse("ratios = [0.5]").notices()).isEmpty();
  }

  @Test
  void whatLlamaCppCannotComputeIsToldOnceWithTheReason() throws IOException {
    String gpt2 = learned() + "ratios = [0.5], criteria = [l2], evaluation.window = 16, export = ";
    assertThat(rehearseAll(gpt2 + "true").problems()).isEmpty();
    assertThat(rehearseAll(gpt2 + "[hf, gguf]").problems())
        .singleElement()
        .asString()
        .startsWith("'export' of model '")
        .contains("no GGUF is written: ")
        .endsWith("; 'export = true' writes checkpoints alone");
  }

  @Test
  void whatUniformWidthsMendForLlamaCppIsTold() throws IOException {
    String qwen3 =
        model(
                "qwen3",
                """
                {"model_type": "qwen3", "hidden_size": 32, "num_hidden_layers": 4,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
                 "intermediate_size": 48, "vocab_size": 3072}""")
            + "ratios = [0.5], criteria = [l2], evaluation.window = 16, export = [hf, gguf], ";
    assertThat(rehearseAll(qwen3 + "strategies = [block]").problems())
        .singleElement()
        .asString()
        .contains(
            "strategy block, ratio 0.5: no GGUF is written: llama.cpp's 'qwen3' requires blocks")
        .endsWith(
            "; 'uniform = true' keeps blocks alike; 'export = true' writes checkpoints alone");
    assertThat(rehearseAll(qwen3 + "strategies = [block, layer], uniform = true").problems())
        .isEmpty();
  }

  @Test
  void eachThingIsToldOnce() throws IOException {
    Rehearsed rehearsed =
        rehearseAll(
            learned()
                + "ratios = [0.1, 0.2, 0.3], strategies = [block, channel], criteria = [l1, taylor-vector]"
                + ", calibration.length = 64, evaluation.window = 65");
    assertThat(rehearsed.problems()).hasSize(1);
    assertThatThrownBy(() -> rehearsed.check("sweep.conf"))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith("sweep.conf: 'evaluation.window' of model '");
  }

  @Test
  void sizesArePredictedOnceForAllCriteria() {
    Rehearsed rehearsed =
        rehearse(
            "ratios = [0.25], criteria = [l1, taylor-vector], scopes = [local, global], targets ="
                + " [parameters], layers { first = 0, end = 8 }");
    assertThat(rehearsed.problems()).isEmpty();
    assertThat(rehearsed.sizes()).hasSize(2);
    for (PredictedSize size : rehearsed.sizes()) {
      assertThat(size.trials()).isEqualTo(2);
      assertThat(size.parameters() / (double) size.before()).isBetween(0.74, 0.78);
      assertThat(size.macs()).isPositive();
    }
  }

  /** GPT-OSS has all of a block's experts in one tensor. */
  @Test
  void aStackOfExpertsThatObsProfilesAndCompensationCanNotTake() throws IOException {
    String config =
        """
        {"model_type": "gpt_oss", "hidden_size": 32, "intermediate_size": 24, "head_dim": 8,
         "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
         "num_local_experts": 4, "num_experts_per_tok": 2, "vocab_size": 3072,
         "max_position_embeddings": 256, "sliding_window": 16}""";
    Path stacked = folder.resolve("stacked");
    new RandomCheckpoint(
            ModelConfig.of(Path.of("config.json"), Json.MAPPER.readTree(config)),
            ElementType.F32,
            1)
        .write(
            stacked,
            1 << 30,
            Optional.of(DemoModel.extract(folder.resolve("tokenizer"))),
            bytes -> {});
    String text = "models = [\"" + stacked + "\"], ratios = [0.5], ";
    String why =
        "the units of structure 'layers.1.experts.mlp' go into a stack of experts, not into";
    assertThat(rehearseAll(text + "criteria = [obs]").problems())
        .anySatisfy(line -> assertThat(line).contains("'criteria' of model").contains(why));
    assertThat(rehearseAll(text + "scopes = [measured]").problems())
        .anySatisfy(
            line ->
                assertThat(line).contains("'scopes' of model").contains("layers.0.experts.mlp"));
    assertThat(rehearseAll(text + "criteria = [l2], compensation = [least-squares]").problems())
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains("'compensation' of model")
                    .contains(
                        "does not support experts whose matrices are stored in one tensor (gpt_oss)"));
  }
}
