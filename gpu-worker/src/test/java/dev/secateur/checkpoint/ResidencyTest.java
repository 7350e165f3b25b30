package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.estimation.Calibration.Fisher;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.Verification;
import dev.secateur.model.Model;
import dev.secateur.model.SubmoduleWeights;
import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.pruning.Slicer;
import dev.secateur.training.LoraAdapter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However weights are kept, every number that is computed has the same bits. */
class ResidencyTest {
  @TempDir Path folder;

  /** A family's tiny checkpoint with all weights stored as one type. */
  private Checkpoint stored(String family, ElementType type) throws IOException {
    Path written = folder.resolve(family + type);
    if (!Files.exists(written)) {
      Checkpoint base = Checkpoint.open(Fixtures.resource("families/" + family));
      try (Model model = CheckpointReader.load(base, Device.cpu())) {
        CheckpointWriter.write(model, type, written);
      }
    }
    return Checkpoint.open(written);
  }

  /** What a measurement gives with each way of keeping weights. */
  private static <T> Map<Residency, T> each(Checkpoint checkpoint, Measurement<T> measurement)
      throws IOException {
    Map<Residency, T> found = new EnumMap<>(Residency.class);
    for (Residency residency : Residency.values()) {
      try (Model model = CheckpointReader.open(checkpoint, Device.cpu(), residency)) {
        found.put(residency, measurement.of(model));
      }
    }
    return found;
  }

  private interface Measurement<T> {
    T of(Model model) throws IOException;
  }

  private static <T> void assertSame(Map<Residency, T> found) {
    T resident = found.get(Residency.FLOAT32);
    assertThat(resident).isNotNull();
    found.forEach((residency, value) -> assertThat(value).as("%s", residency).isEqualTo(resident));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-gqa-tied",
        "phi3",
        "gpt2",
        "bloom",
        "opt",
        "gpt-neox",
        "gemma2",
        "gemma3",
        "olmo2",
        "qwen3-moe",
        "gpt-oss",
        "granite",
        "smollm3",
        "chatglm",
        "qwen3"
      })
  void scoresAreTheSameBits(String family) throws IOException {
    Checkpoint checkpoint = stored(family, ElementType.BF16);
    for (Strategy strategy : List.of(Strategy.BLOCK, Strategy.CHANNEL)) {
      for (Criterion criterion :
          List.of(
              Criterion.TAYLOR_VECTOR,
              Criterion.TAYLOR_ELEMENT1,
              Criterion.TAYLOR_MIXED,
              Criterion.L2,
              Criterion.WANDA,
              Criterion.FLAP)) {
        Map<Residency, List<List<Double>>> found =
            each(
                checkpoint,
                model ->
                    ModelWork.scores(model, strategy, criterion, Fisher.SAMPLE, Activations.AUTO));
        assertSame(found);
      }
    }
    assertSame(
        each(
            checkpoint,
            model ->
                ModelWork.scores(
                    model,
                    Strategy.LAYER,
                    Criterion.BLOCK_INFLUENCE,
                    Fisher.SAMPLE,
                    Activations.AUTO)));
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void ablationsAreTheSameBits(Strategy strategy) throws IOException {
    if (!Criterion.ABLATION.suits(strategy)) {
      return; // which ablation does not measure
    }
    String family = strategy == Strategy.EXPERT ? "olmoe" : "llama-mha";
    assertSame(
        each(
            stored(family, ElementType.F16),
            model ->
                ModelWork.scores(
                    model, strategy, Criterion.ABLATION, Fisher.SAMPLE, Activations.AUTO)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "olmoe"})
  void removalOrdersAreTheSameBits(String family) throws IOException {
    assertSame(
        each(
            stored(family, ElementType.F16),
            model ->
                ModelWork.scores(
                    model, Strategy.BLOCK, Criterion.OBS, Fisher.SAMPLE, Activations.AUTO)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-gqa-tied", "gpt2", "olmoe"})
  void profilesAreTheSameBits(String family) throws IOException {
    assertSame(each(stored(family, ElementType.F16), ModelWork::profiles));
  }

  @ParameterizedTest
  @EnumSource(Fisher.class)
  void keptAndRecomputedActivationsGiveTheSameBits(Fisher fisher) throws IOException {
    try (Model model =
        CheckpointReader.load(stored("llama-gqa-tied", ElementType.BF16), Device.cpu())) {
      for (Criterion criterion : List.of(Criterion.TAYLOR_VECTOR, Criterion.TAYLOR_MIXED)) {
        assertThat(
                ModelWork.scores(model, Strategy.CHANNEL, criterion, fisher, Activations.RECOMPUTE))
            .isEqualTo(
                ModelWork.scores(model, Strategy.CHANNEL, criterion, fisher, Activations.KEEP));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "phi3", "gpt2", "bloom", "opt", "gpt-neox", "gemma2", "chatglm"})
  void whatIsLeftOfAModelComputesTheSameBits(String family) throws IOException {
    long[][] rows = ModelWork.batch(20, 9).idRows();
    Map<Residency, List<Object>> found =
        each(
            stored(family, ElementType.BF16),
            model -> {
              try (Model pruned = Slicer.slice(model, ModelWork.groups(model));
                  LoraAdapter adapter = ModelWork.adapter(pruned);
                  Model merged = trained(pruned, adapter)) {
                Path out = Files.createTempDirectory(folder, "merged");
                CheckpointWriter.write(merged, ElementType.BF16, out);
                return List.of(
                    Perplexity.of(pruned, rows, (done, all) -> {}),
                    Perplexity.of(merged, rows, (done, all) -> {}),
                    ModelWork.text(merged),
                    Sha256.of(out.resolve("model.safetensors")));
              }
            });
    assertSame(found);
  }

  private static Model trained(Model model, LoraAdapter adapter) {
    ModelWork.train(model, adapter, false);
    return adapter.merge(model);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "phi3", "gpt2", "bloom", "opt", "gpt-neox", "gemma2", "chatglm"})
  void goldenValuesAreAsNear(String family) throws IOException {
    Path golden = Fixtures.resource("families/" + family);
    try (SafetensorsFile values = SafetensorsFile.open(golden.resolve("golden.safetensors"))) {
      assertSame(
          each(Checkpoint.open(golden), model -> Verification.of(model, values, "golden values")));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"llama-gqa-tied", "phi3", "gpt2", "bloom", "opt", "gpt-neox", "gemma2", "chatglm"})
  void trainingsAreTheSameBitsWithAndWithoutCheckpointing(String family) throws IOException {
    Checkpoint checkpoint = stored(family, ElementType.BF16);
    for (boolean checkpointing : List.of(true, false)) {
      assertSame(
          each(
              checkpoint,
              model -> {
                try (LoraAdapter adapter = ModelWork.adapter(model)) {
                  return ModelWork.train(model, adapter, checkpointing);
                }
              }));
    }
  }

  @Test
  void aStepOfATrainingReadsTheModelTwice() throws IOException {
    try (Model model =
            CheckpointReader.open(
                stored("llama-mha", ElementType.BF16), Device.cpu(), Residency.STREAMED);
        LoraAdapter adapter = ModelWork.adapter(model)) {
      SubmoduleWeights weights = (SubmoduleWeights) model.weights();
      int submodules = model.decoder().layers() + 2;
      ModelWork.train(model, adapter, false); // three steps of two micro-batches
      // Forward all but the head, then all of them down; the last one read is held at a turn.
      assertThat(weights.reads()).isEqualTo(3L * (submodules - 1 + submodules) - 3 + 1);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void tensorsAtOddPlacesAreReadTheSame(ElementType type) throws IOException {
    Checkpoint even = stored("llama-gqa-tied", type);
    Path odd = Files.createDirectory(folder.resolve("odd"));
    Files.copy(even.folder().resolve("config.json"), odd.resolve("config.json"));
    ModelWork.shift(even.folder().resolve("model.safetensors"), odd.resolve("model.safetensors"));
    long[][] rows = ModelWork.batch(2, 9).idRows();
    Map<Residency, Object> expected =
        each(even, model -> Perplexity.of(model, rows, (done, all) -> {}));
    assertSame(expected);
    assertThat(each(Checkpoint.open(odd), model -> Perplexity.of(model, rows, (done, all) -> {})))
        .isEqualTo(expected);
  }

  @Test
  void aValueThatIsNotFiniteIsNamedHoweverWeightsAreKept() throws IOException {
    Checkpoint checkpoint = stored("llama-mha", ElementType.BF16);
    try (SafetensorsFile file =
            SafetensorsFile.open(checkpoint.folder().resolve("model.safetensors"));
        FileChannel channel =
            FileChannel.open(file.path(), StandardOpenOption.WRITE, StandardOpenOption.READ)) {
      long begin = file.tensor("model.layers.1.mlp.up_proj.weight").begin();
      channel.write(ByteBuffer.wrap(new byte[] {(byte) 0xc0, 0x7f}), begin + 2 * 5);
    }
    for (Residency residency : Residency.values()) {
      assertThatThrownBy(
              () -> {
                try (Model model = CheckpointReader.open(checkpoint, Device.cpu(), residency)) {
                  Perplexity.of(model, ModelWork.batch(1, 9).idRows(), (done, all) -> {});
                }
              })
          .isInstanceOf(InputException.class)
          .hasMessageContaining("'model.layers.1.mlp.up_proj.weight' holds NaN at [0, 5]");
    }
  }

  @Test
  void whatFitsIsHeld() {
    Residency.Sizes sizes = new Residency.Sizes(28, 14);
    assertThat(Residency.of(WeightPlacement.AUTO, sizes, 56)).isEqualTo(Residency.FLOAT32);
    assertThat(Residency.of(WeightPlacement.AUTO, sizes, 55)).isEqualTo(Residency.STORED);
    assertThat(Residency.of(WeightPlacement.AUTO, sizes, 28)).isEqualTo(Residency.STORED);
    assertThat(Residency.of(WeightPlacement.AUTO, sizes, 27)).isEqualTo(Residency.STREAMED);
    assertThat(Residency.of(WeightPlacement.RESIDENT, sizes, 27)).isEqualTo(Residency.STORED);
  }
}
