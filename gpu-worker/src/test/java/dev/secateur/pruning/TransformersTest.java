package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.protocol.Strategy;
import dev.secateur.source.demo.DemoModel;
import dev.secateur.tensor.GradMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Pruned checkpoints of stock sizes, loaded by Hugging Face transformers. Runs where {@link
 * PythonTools} finds them.
 */
class TransformersTest {
  private static final int ROWS = 2;
  private static final int TOKENS = 12;

  @TempDir Path folder;

  @Test
  void computesTheSameOfCheckpointsThatWerePruned() throws IOException {
    PythonTools python = PythonTools.with("torch", "transformers", "safetensors");
    Map<Path, float[]> expected = new LinkedHashMap<>();
    Path demo = DemoModel.extract(folder);
    prune(demo, Strategy.BLOCK, expected);
    prune(demo, Strategy.CHANNEL, expected);
    prune(family("llama-gqa-tied"), Strategy.BLOCK, expected);
    prune(family("llama-mha"), Strategy.LAYER, expected);
    prune(family("mistral"), Strategy.BLOCK, expected);
    prune(family("qwen3"), Strategy.CHANNEL, expected);
    prune(family("gemma2"), Strategy.LAYER, expected);
    prune(family("gpt2"), Strategy.LAYER, expected);
    prune(family("olmo2"), Strategy.BLOCK, expected);
    prune(family("olmo2"), Strategy.CHANNEL, expected);
    prune(family("granite"), Strategy.BLOCK, expected);
    prune(family("granite"), Strategy.CHANNEL, expected);
    prune(family("smollm3"), Strategy.BLOCK, expected);
    prune(family("smollm3"), Strategy.LAYER, expected);
    prune(family("phi4-mini"), Strategy.BLOCK, expected);
    prune(family("phi3-longrope"), Strategy.LAYER, expected);
    prune(family("llama-yarn"), Strategy.BLOCK, expected);
    python.run("logits.py", expected.keySet().toArray());
    expected.forEach(
        (checkpoint, logits) -> {
          try (SafetensorsFile found =
              SafetensorsFile.open(checkpoint.resolve("logits.safetensors"))) {
            float[] theirs = floats(found.reals("logits"));
            assertThat(theirs).as("%s", checkpoint).containsExactly(logits, within(2e-4f));
          }
        });
  }

  private static Path family(String name) {
    return Fixtures.resource("families/" + name);
  }

  /** Writes the pruned checkpoint with its input, and notes the logits that Secateur computes. */
  private void prune(Path source, Strategy strategy, Map<Path, float[]> logits) throws IOException {
    Path target = folder.resolve(source.getFileName() + "-" + strategy.label());
    Checkpoint checkpoint = Checkpoint.open(source);
    long[] ids =
        new Random(7)
            .longs((long) ROWS * TOKENS, 3, checkpoint.config().size("vocab_size"))
            .toArray();
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu());
        Model pruned =
            Slicer.slice(model, RandomCuts.of(model, strategy, all(model), ratio(strategy)));
        NDManager scope = pruned.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      CheckpointWriter.write(pruned, checkpoint, WrittenTypes.all(ElementType.F32), target);
      Batch batch = Batch.causal(rows(ids));
      logits.put(target, pruned.logits(scope, batch).toFloatArray());
    }
    assertThat(Checkpoint.open(target).config().json().has(PrunedDecoder.KEY)).isFalse();
    SafetensorsWriter.write(
        target.resolve("input.safetensors"),
        Map.of(),
        List.of(Tensor.of("input_ids", ids, ROWS, TOKENS)));
  }

  private static long[][] rows(long[] ids) {
    return new Batch(ROWS, TOKENS, ids, ids).idRows();
  }

  private static Eligible.Layers all(Model model) {
    return Eligible.Layers.both(0, model.decoder().layers());
  }

  private static String ratio(Strategy strategy) {
    return strategy == Strategy.BLOCK ? "0.5" : "0.25";
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
