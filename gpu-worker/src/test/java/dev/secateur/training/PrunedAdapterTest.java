package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Budget;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Selection;
import dev.secateur.pruning.Slicer;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrunedAdapterTest {
  @TempDir Path folder;

  /** An adapter of the output layer alone, of a model that had one weight for both. */
  @Test
  void givesAPrunedTiedModelAnOutputLayerOfItsOwn() throws IOException {
    try (Model whole =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")), Device.cpu());
        Model pruned = pruned(whole)) {
      long width = pruned.weights().get("model.embed_tokens.weight").getShape().get(1);
      assertThat(width).isLessThan(32);
      write(width);
      try (PeftAdapter adapter = PeftAdapter.read(folder, pruned.decoder(), Device.cpu());
          Model merged = adapter.merge(pruned);
          NDManager scope = NDManager.newBaseManager()) {
        float[] table = pruned.weights().get("model.embed_tokens.weight").toFloatArray();
        float[] output = merged.weights().get("lm_head.weight").toFloatArray();
        assertThat(merged.weights().get("model.embed_tokens.weight").toFloatArray())
            .isEqualTo(table);
        assertThat(output[5]).isEqualTo(table[5] + 2 * 3 * 0.25f);
        Batch batch = Batch.causal(new long[][] {{1, 2, 3, 4}});
        assertThat(merged.logits(scope, batch).toFloatArray())
            .isNotEqualTo(pruned.logits(scope, batch).toFloatArray());
      }
    }
  }

  /** Rank 3, every entry 0.5, and twice the product: 2 * 3 * 0.25 is added to every weight. */
  private void write(long width) throws IOException {
    Files.writeString(
        folder.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "r": 3, "lora_alpha": 6, "target_modules": ["lm_head"]}
        """);
    SafetensorsWriter.write(
        folder.resolve("adapter_model.safetensors"),
        Map.of(),
        List.of(
            halves("base_model.model.lm_head.lora_A.weight", 3, width),
            halves("base_model.model.lm_head.lora_B.weight", 128, 3)));
  }

  private static Tensor halves(String name, long... shape) {
    return new Tensor(
        name,
        ElementType.F32,
        shape,
        (start, count, target) -> {
          for (int i = 0; i < count; i++) {
            target.putFloat(0.5f);
          }
        });
  }

  private static Model pruned(Model whole) {
    Eligible.Layers layers = Eligible.Layers.both(0, whole.decoder().layers());
    List<CoupledStructure> eligible =
        Eligible.of(Discovery.of(whole.decoder()), Strategy.CHANNEL, layers);
    Selection selection =
        new Selection(
            whole.decoder(),
            eligible,
            Strategy.CHANNEL,
            layers,
            Budget.local(new BigDecimal("0.5")));
    Map<String, double[]> scores = new HashMap<>();
    eligible.forEach(structure -> scores.put(structure.name(), new double[structure.units()]));
    selection.remove(1, scores);
    return Slicer.slice(whole, selection.groups());
  }
}
