package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.Verification.Difference;
import dev.secateur.protocol.InputException;
import dev.secateur.text.TokenRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logits, loss and the gradient of every parameter against what Hugging Face transformers computes.
 */
class GoldenTest {
  @Test
  void refusesTokensThatTheModelDoesNotHave(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("ids.safetensors");
    SafetensorsWriter.write(
        file, Map.of(), List.of(Tensor.of("input_ids", new long[] {1, 2, 128}, 1, 3)));
    try (SafetensorsFile ids = SafetensorsFile.open(file)) {
      assertThatThrownBy(() -> TokenRows.read(ids, "ids.safetensors", 128))
          .isInstanceOf(InputException.class)
          .hasMessage(
              "ids.safetensors: 'input_ids' has 128 at row 1, token 3, outside the model's vocabulary of"
                  + " 128 tokens ('vocab_size')");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-mha",
        "llama-gqa-tied",
        "llama-headdim",
        "llama-bias",
        "llama3-rope",
        "mistral",
        "qwen2",
        "qwen3",
        "gemma2",
        "gemma3",
        "phi3",
        "phi4-mini",
        "phi3-longrope",
        "phi3-shortrope",
        "llama-yarn",
        "llama-dynamic",
        "olmo2",
        "granite",
        "smollm3",
        "mixtral",
        "qwen3-moe",
        "olmoe",
        "gpt-oss",
        "bloom",
        "chatglm",
        "gpt-neox",
        "opt",
        "gpt2"
      })
  void computesTheGoldenLogitsAndGradients(String family) {
    Path folder = Fixtures.resource("families/" + family);
    try (SafetensorsFile golden = SafetensorsFile.open(folder.resolve("golden.safetensors"));
        Model model = CheckpointReader.load(Checkpoint.open(folder), Device.cpu())) {
      List<Difference> differences = Verification.of(model, golden, family);
      assertThat(differences)
          .filteredOn(difference -> difference.kind().equals("gradient"))
          .hasSize(model.weights().arrays().size());
      assertThat(differences)
          .allSatisfy(difference -> assertThat(difference.error()).isLessThan(1e-4));
    }
  }
}
