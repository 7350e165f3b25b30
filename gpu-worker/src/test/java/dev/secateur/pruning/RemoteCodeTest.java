package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.PythonTools;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.checkpoint.SafetensorsWriter.Tensor;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.evaluation.Verification;
import dev.secateur.evaluation.Verification.Difference;
import dev.secateur.model.Model;
import dev.secateur.protocol.Strategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Checkpoints of uneven widths, loaded by transformers with the code that goes along. Runs where
 * {@link PythonTools} finds it.
 */
class RemoteCodeTest {
  private static final int TOKENS = 12;

  @TempDir Path folder;

  @Test
  void transformersComputesTheSameOfUnevenWidths() throws IOException {
    PythonTools python = PythonTools.with("torch", "transformers", "safetensors");
    List<Path> written = new ArrayList<>();
    for (String family :
        List.of(
            "llama-mha",
            "llama-gqa-tied",
            "llama-bias",
            "llama3-rope",
            "mistral",
            "qwen2",
            "qwen3",
            "gemma2",
            "gemma3",
            "phi3",
            "phi4-mini",
            "olmo2",
            "granite",
            "smollm3",
            "gpt2",
            "gpt-neox",
            "bloom",
            "opt")) {
      written.add(cut(family));
    }

    python.run("remote_code.py", written.toArray());

    for (Path checkpoint : written) {
      try (SafetensorsFile found = SafetensorsFile.open(checkpoint.resolve("found.safetensors"));
          Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
        for (Difference difference :
            Verification.of(model, found, checkpoint.getFileName().toString())) {
          assertThat(difference.error())
              .as("%s: %s", checkpoint.getFileName(), difference.tensor())
              .isCloseTo(0, within(difference.kind().equals("logits") ? 1e-5 : 3e-5));
        }
      }
    }
  }

  private Path cut(String family) throws IOException {
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/" + family));
    Path target = folder.resolve(family);
    long[] ids = new Random(7).longs(2L * TOKENS, 3, 100).toArray();
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
      Eligible.Layers layers = Eligible.Layers.both(1, model.decoder().layers());
      List<Recipe.Group> removed = RandomCuts.of(model, Strategy.BLOCK, layers, "0.5");
      try (Model pruned = Slicer.slice(model, removed)) {
        WrittenCheckpoint written =
            CheckpointWriter.write(pruned, checkpoint, WrittenTypes.all(ElementType.F32), target);
        assertThat(written.isStock()).as(family).isFalse();
        assertThat(written.coded()).as(family).isTrue();
      }
    }
    SafetensorsWriter.write(
        target.resolve("input.safetensors"),
        Map.of(),
        List.of(Tensor.of("input_ids", ids, 2, TOKENS)));
    return target;
  }
}
