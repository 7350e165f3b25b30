package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.EditedCheckpoint;
import dev.secateur.PythonTools;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.IterativePruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.tensor.GradMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tied embeddings as Hugging Face transformers reads them. Runs where {@code SECATEUR_PYTHON} names
 * an interpreter that has it; {@link TiedEmbeddingTest} holds the same without.
 */
class TiedEmbeddingInTransformersTest {
  private static final List<List<String>> FAMILIES =
      List.of(
          List.of("llama-gqa-tied", "model.embed_tokens.weight", "lm_head.weight"),
          List.of("gemma2", "model.embed_tokens.weight", "lm_head.weight"),
          List.of("bloom", "transformer.word_embeddings.weight", "lm_head.weight"),
          List.of("gpt2", "transformer.wte.weight", "lm_head.weight"),
          List.of("opt", "model.decoder.embed_tokens.weight", "lm_head.weight"),
          List.of("gpt-neox", "gpt_neox.embed_in.weight", "embed_out.weight"));

  @TempDir Path folder;

  @Test
  void computesTheSameOfWhatIsStoredTwiceOnceOrUnderTheOtherName() throws Exception {
    PythonTools python = PythonTools.with("torch", "transformers");
    List<Path> checkpoints = new ArrayList<>();
    for (List<String> family : FAMILIES) {
      String embedding = family.get(1);
      String head = family.get(2);
      Path differs =
          tied(family.get(0), "differs").tensors(t -> differ(t, embedding, head)).folder();
      checkpoints.add(differs);
      checkpoints.add(tied(family.get(0), "equal").tensors(t -> t.copy(embedding, head)).folder());
      checkpoints.add(
          tied(family.get(0), "other")
              .tensors(
                  t -> {
                    t.remove(head);
                    t.rename(embedding, head);
                  })
              .folder());
      checkpoints.add(pruned(differs));
    }
    List<String> lines = python.run("tied_logits.py", checkpoints.toArray()).lines().toList();
    assertThat(lines).hasSameSizeAs(checkpoints);
    for (int i = 0; i < checkpoints.size(); i++) {
      JsonNode expected = Json.MAPPER.readTree(lines.get(i));
      float[] found = logits(checkpoints.get(i));
      assertThat(found).hasSize(expected.size());
      double worst = 0;
      for (int at = 0; at < found.length; at++) {
        worst = Math.max(worst, Math.abs(found[at] - expected.get(at).asDouble()));
      }
      assertThat(worst).as(checkpoints.get(i).toString()).isCloseTo(0, within(1e-4));
    }
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

  /** Without its first block, which stock classes can load. */
  private Path pruned(Path checkpoint) throws Exception {
    Checkpoint base = Checkpoint.open(checkpoint);
    Path out = folder.resolve("pruned").resolve(checkpoint.getFileName());
    List<Recipe.Group> groups = List.of(new Recipe.Group("layers", 3, List.of(0)));
    try (Model model = CheckpointReader.load(base, Device.cpu());
        Model pruned = IterativePruning.prune(model, Strategy.LAYER, groups)) {
      WrittenTypes types =
          WrittenTypes.as(base)
              .renamed(IterativePruning.origins(base.decoder(), Strategy.LAYER, groups));
      CheckpointWriter.write(pruned, base, types, out);
    }
    return out;
  }

  private static float[] logits(Path checkpoint) {
    Batch batch = Batch.causal(new long[][] {{3, 14, 15, 92, 6, 53, 58, 9}});
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu());
        NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      return model.logits(scope, batch).toFloatArray();
    }
  }
}
