package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.EditedCheckpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Batch;
import dev.secateur.model.Costs;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterShape;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.IterativePruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A config that ties the output layer to the embedding, and checkpoints that store both. */
class TiedEmbeddingTest {
  private static final String FAMILIES =
      """
      llama-gqa-tied | model.embed_tokens.weight         | lm_head.weight
      gemma2         | model.embed_tokens.weight         | lm_head.weight
      gemma3         | model.embed_tokens.weight         | lm_head.weight
      smollm3        | model.embed_tokens.weight         | lm_head.weight
      qwen3          | model.embed_tokens.weight         | lm_head.weight
      bloom          | transformer.word_embeddings.weight | lm_head.weight
      gpt2           | transformer.wte.weight            | lm_head.weight
      opt            | model.decoder.embed_tokens.weight | lm_head.weight
      gpt-neox       | gpt_neox.embed_in.weight          | embed_out.weight
      """;

  private static final Batch BATCH = Batch.causal(new long[][] {{3, 14, 15, 92, 6, 53, 58, 9}});

  @TempDir Path folder;

  private static float[] logits(Model model) {
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, BATCH).toFloatArray();
    }
  }

  private static float[] logits(Path checkpoint) {
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      return logits(model);
    }
  }

  private static List<String> parameters(Path checkpoint) {
    return Checkpoint.open(checkpoint).decoder().parameters().stream()
        .map(ParameterShape::name)
        .toList();
  }

  private EditedCheckpoint tied(String family, String parent) {
    return EditedCheckpoint.of(family, folder.resolve(parent))
        .config(config -> config.put("tie_word_embeddings", true));
  }

  private static void differ(CheckpointTensors tensors, String embedding, String head) {
    tensors.copy(embedding, head);
    for (int i = 0; i < 64; i++) {
      tensors.set(head, i, 0.25f - i % 3 * 0.125f);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = FAMILIES)
  void areTwoParametersWhereBothAreStoredAndDiffer(String family, String embedding, String head) {
    Path both = tied(family, "both").tensors(t -> differ(t, embedding, head)).folder();
    Path untied =
        tied(family, "untied")
            .tensors(t -> differ(t, embedding, head))
            .config(config -> config.put("tie_word_embeddings", false))
            .folder();
    assertThat(parameters(both)).contains(embedding, head);
    assertThat(logits(both)).isEqualTo(logits(untied));
    assertThat(Costs.of(Checkpoint.open(both).decoder(), 8).parameters())
        .isEqualTo(Costs.of(Checkpoint.open(untied).decoder(), 8).parameters());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = FAMILIES)
  void areOneWhereBothAreStoredAndAreEqual(String family, String embedding, String head) {
    Path one = tied(family, "one").tensors(t -> t.remove(head)).folder();
    Path equal = tied(family, "equal").tensors(t -> t.copy(embedding, head)).folder();
    assertThat(parameters(equal)).contains(embedding).doesNotContain(head);
    assertThat(logits(equal)).isEqualTo(logits(one));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = FAMILIES)
  void areOneWhereOnlyTheOutputLayerIsStored(String family, String embedding, String head) {
    Path one = tied(family, "one").tensors(t -> t.remove(head)).folder();
    Path other =
        tied(family, "other")
            .tensors(
                t -> {
                  t.remove(head);
                  t.rename(embedding, head);
                })
            .folder();
    assertThat(parameters(other)).contains(embedding).doesNotContain(head);
    assertThat(logits(other)).isEqualTo(logits(one));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = FAMILIES)
  void areToldApartWhereNamesLackTheirFirstWord(String family, String embedding, String head) {
    Path whole = tied(family, "whole").tensors(t -> differ(t, embedding, head)).folder();
    Path below =
        tied(family, "below")
            .tensors(t -> differ(t, embedding, head))
            .tensors(
                t ->
                    t.names().stream()
                        .filter(name -> !name.equals(head))
                        .forEach(name -> t.rename(name, name.substring(name.indexOf('.') + 1))))
            .folder();
    assertThat(logits(below)).isEqualTo(logits(whole));
  }

  @Test
  void areComparedByValueWhereTheirTypesDiffer() {
    String embedding = "model.embed_tokens.weight";
    Path mixed =
        tied("llama-gqa-tied", "mixed")
            .tensors(
                t -> {
                  t.copy(embedding, "lm_head.weight");
                  t.convert("lm_head.weight", ElementType.BF16);
                })
            .folder();
    assertThat(parameters(mixed)).contains("lm_head.weight"); // rounded, so another matrix
  }

  @Test
  void areRefusedByNameWhereTheOutputLayerHasAnotherShapeOrType() {
    Path shape =
        tied("llama-gqa-tied", "shape")
            .tensors(t -> t.put("lm_head.weight", ElementType.F32, new byte[4 * 64], 2, 32))
            .folder();
    assertThatThrownBy(() -> Checkpoint.open(shape).check())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tensor 'lm_head.weight' has shape [2, 32]");
    Path type =
        tied("llama-gqa-tied", "type")
            .tensors(t -> t.put("lm_head.weight", ElementType.I8, new byte[128 * 32], 128, 32))
            .folder();
    assertThatThrownBy(() -> Checkpoint.open(type).check())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tensor 'lm_head.weight' is I8");
  }

  /**
   * A pruned model whose config keeps the base's sizes and ties, and whose output layer differs.
   */
  @Test
  void areToldApartInAPrunedCheckpointAsWell() throws IOException {
    String embedding = "model.embed_tokens.weight";
    Checkpoint base = Checkpoint.open(tied("gemma2", "base").folder());
    Path out = folder.resolve("out");
    List<Recipe.Group> groups = List.of(new Recipe.Group("residual", 32, List.of(1, 5)));
    try (Model model = CheckpointReader.load(base, Device.cpu());
        Model pruned = IterativePruning.prune(model, Strategy.CHANNEL, groups)) {
      CheckpointWriter.write(pruned, base, WrittenTypes.as(base), out);
    }
    Path file = out.resolve("model.safetensors");
    CheckpointTensors tensors = CheckpointTensors.read(file);
    differ(tensors, embedding, "lm_head.weight");
    tensors.write(file);
    assertThat(Checkpoint.open(out).decoder().parameters())
        .contains(ParameterShape.of("lm_head.weight", 128, 30));
    Checkpoint.open(out).check();
  }

  @Test
  void aConfigWithoutWeightsTiesAsItSays() throws IOException {
    Path alone = tied("llama-gqa-tied", "alone").folder();
    java.nio.file.Files.delete(alone.resolve("model.safetensors"));
    assertThat(parameters(alone)).doesNotContain("lm_head.weight");
  }

  /** What is written computes the same, whoever reads it by its config. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = FAMILIES)
  void staysTwoThroughPruningAndExport(String family, String embedding, String head)
      throws IOException {
    Path both = tied(family, "both").tensors(t -> differ(t, embedding, head)).folder();
    Checkpoint base = Checkpoint.open(both);
    CoupledStructure residual =
        Discovery.of(base.decoder()).stream()
            .filter(structure -> structure.name().equals(CoupledStructure.RESIDUAL))
            .findFirst()
            .orElseThrow();
    assertThat(residual.members()).extracting(member -> member.parameter()).contains(head);
    List<Recipe.Group> groups =
        List.of(new Recipe.Group(residual.name(), residual.units(), List.of(1, 5)));
    Path out = folder.resolve("out");
    try (Model model = CheckpointReader.load(base, Device.cpu());
        Model pruned = IterativePruning.prune(model, Strategy.CHANNEL, groups)) {
      CheckpointWriter.write(pruned, base, WrittenTypes.as(base), out);
      assertThat(logits(out)).isEqualTo(logits(pruned));
    }
    assertThat(Checkpoint.open(out).config().json().get("tie_word_embeddings").asBoolean())
        .isFalse();
    assertThat(CheckpointTensors.read(out.resolve("model.safetensors")).names())
        .contains(embedding, head);
  }
}
