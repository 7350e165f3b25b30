package dev.secateur.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.json.Json;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.text.TokenRows;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT wrote, and the logits that it computes with them, not merged. */
class PeftAdapterTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rank-and-alpha-patterns",
        "regular-expression",
        "all-linear",
        "layers-to-transform",
        "magnitudes",
        "conv1d-with-bias",
        "conv1d-magnitudes",
        "embedding-and-head",
        "embedding-of-a-tied-model",
        "head-of-a-tied-model",
        "tied-embedding-and-head",
        "saved-modules",
        "saved-embedding",
        "saved-and-tied",
        "positions",
        "renamed-head",
        "saved-parents"
      })
  void computesWhatPeftComputes(String name) throws IOException {
    Path folder = Fixtures.resource("adapters/" + name);
    String family =
        Json.MAPPER
            .readTree(folder.resolve("adapter_config.json").toFile())
            .get("base_model_name_or_path")
            .asText();
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"));
        Model base =
            CheckpointReader.load(
                Checkpoint.open(Fixtures.resource("families/" + family)), Device.cpu());
        PeftAdapter adapter = PeftAdapter.read(folder, base.decoder(), Device.cpu());
        Model merged = adapter.merge(base);
        NDManager scope = NDManager.newBaseManager()) {
      long vocabulary = base.decoder().config().size("vocab_size");
      Batch rows = Batch.causal(TokenRows.read(golden, name, vocabulary));
      float[] found = merged.logits(scope, rows).toFloatArray();
      double[] expected = golden.reals("logits");
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) found[i]).as("logit %d", i).isCloseTo(expected[i], offset(1e-4));
      }
    }
  }
}
