package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.HalfPrecision;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.RandomCuts;
import dev.secateur.pruning.Slicer;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufExportTest {
  @TempDir Path folder;

  @Test
  void aFileTellsEachTensorsPlaceAndHoldsItsElements() throws IOException {
    Checkpoint demo = Checkpoint.open(DemoModel.extract(folder));
    Path file = folder.resolve("demo.gguf");

    GgufExport written = GgufExport.write(demo, GgufType.F32, file);

    GgufContents contents = GgufContents.read(file);
    assertThat(contents.tensors()).hasSize(written.tensors());
    assertThat(contents.metadata())
        .containsEntry("general.architecture", "llama")
        .containsEntry("llama.block_count", demo.decoder().layers())
        .containsEntry("tokenizer.ggml.model", "gpt2")
        .containsEntry("tokenizer.ggml.pre", "gpt-2");
    try (SafetensorsFile stored =
        SafetensorsFile.open(demo.folder().resolve("model.safetensors"))) {
      assertThat(contents.reals("blk.1.ffn_down.weight"))
          .containsExactly(stored.reals("model.layers.1.mlp.down_proj.weight"));
    }
  }

  @Test
  void expertsLieInOneTensorOneAfterTheOther() throws IOException {
    GgufContents contents = written("mixtral");
    assertThat(contents.metadata())
        .containsEntry("llama.expert_count", 4)
        .containsEntry("llama.expert_used_count", 2);
    GgufContents.Found gates = contents.tensors().get("blk.1.ffn_gate_exps.weight");
    assertThat(gates.sizes()).containsExactly(32, 24, 4);
    int size = 32 * 24;
    try (SafetensorsFile stored = stored("mixtral")) {
      assertThat(
              Arrays.copyOfRange(contents.reals("blk.1.ffn_gate_exps.weight"), 2 * size, 3 * size))
          .containsExactly(stored.reals("model.layers.1.block_sparse_moe.experts.2.w1.weight"));
    }
  }

  @Test
  void gatesAndChannelsOfGptOssArePartedAndTransposed() throws IOException {
    GgufContents contents = written("gpt-oss");
    double[] up = contents.reals("blk.0.ffn_up_exps.weight"); // (expert, channel, in)
    double[] bias = contents.reals("blk.0.ffn_gate_exps.bias"); // (expert, channel)
    try (SafetensorsFile stored = stored("gpt-oss")) {
      double[] both = stored.reals("model.layers.0.mlp.experts.gate_up_proj"); // (E, in, 2 F)
      double[] biases = stored.reals("model.layers.0.mlp.experts.gate_up_proj_bias");
      for (int expert = 0; expert < 4; expert++) {
        for (int channel = 0; channel < 24; channel++) {
          assertThat(bias[expert * 24 + channel]).isEqualTo(biases[expert * 48 + 2 * channel]);
          for (int in = 0; in < 32; in++) {
            assertThat(up[(expert * 24 + channel) * 32 + in])
                .isEqualTo(both[(expert * 32 + in) * 48 + 2 * channel + 1]);
          }
        }
      }
    }
  }

  @Test
  void queriesKeysAndValuesOfBloomArePartedAndMatricesOfGpt2Transposed() throws IOException {
    double[] all = written("bloom").reals("blk.2.attn_qkv.bias"); // (part, head, channel)
    try (SafetensorsFile stored = stored("bloom")) {
      double[] heads = stored.reals("transformer.h.2.self_attention.query_key_value.bias");
      for (int i = 0; i < all.length; i++) {
        assertThat(all[i]).isEqualTo(heads[i / 8 % 4 * 24 + i / 32 * 8 + i % 8]);
      }
    }
    double[] down = written("gpt2").reals("blk.0.ffn_down.weight"); // (out, in)
    try (SafetensorsFile stored = stored("gpt2")) {
      double[] in = stored.reals("transformer.h.0.mlp.c_proj.weight"); // (in, out)
      for (int i = 0; i < down.length; i++) {
        assertThat(down[i]).isEqualTo(in[i % 128 * 32 + i / 128]);
      }
    }
  }

  private GgufContents written(String family) throws IOException {
    Path file = folder.resolve(family + ".gguf");
    GgufExport.write(Checkpoint.open(new GgufCheckpoints(folder).of(family)), GgufType.F32, file);
    return GgufContents.read(file);
  }

  private SafetensorsFile stored(String family) {
    return SafetensorsFile.open(folder.resolve(family).resolve("model.safetensors"));
  }

  @Test
  void eightBitsAreWithinHalfAStep() {
    float[] values = new float[96];
    Random random = new Random(1);
    for (int i = 0; i < 64; i++) {
      values[i] = (float) random.nextGaussian();
    }
    ByteBuffer bytes = GgufMetadata.buffer((int) GgufType.Q8_0.bytes(values.length));

    Q8.put(values, bytes);

    bytes.flip();
    for (int block = 0; block < 3; block++) {
      float scale = HalfPrecision.fromHalf(bytes.getShort());
      for (int i = 0; i < 32; i++) {
        assertThat(scale * bytes.get())
            .isCloseTo(values[32 * block + i], within(0.51f * scale + 127 * scale / 2048));
      }
    }
  }

  @Test
  void whatLlamaCppCannotComputeIsRefusedAndNothingIsWritten() {
    refused("opt", "llama.cpp does not support this model: it has no architecture for OPT");
    refused("chatglm", "a later model with another mask and positions");
    refused("llama-dynamic", "does not stretch rotary positions");
  }

  @Test
  void blocksAndHeadsThatLlamaCppDoesNotTakeAreRefused() {
    refusedCut("olmo2", 0, "heads that fill the width");
    refusedCut("phi4-mini", 0, "rotates all 8 channels of a head, this model only 6");
    refusedCut("gpt2", 0, "heads that fill the width");
    refusedCut("mixtral", 1, "requires blocks of one size; here blocks have uneven widths");
    refusedCut("qwen3", 1, "requires blocks of one size; here blocks have uneven widths");
  }

  private static void refusedCut(String family, int first, String reason) {
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/" + family));
    try (Model model = CheckpointReader.load(checkpoint, Device.cpu())) {
      Eligible.Layers layers = Eligible.Layers.both(first, model.decoder().layers());
      try (Model cut = Slicer.slice(model, RandomCuts.of(model, Strategy.BLOCK, layers, "0.5"))) {
        assertThatThrownBy(() -> new Description(cut.decoder()))
            .isInstanceOf(InputException.class)
            .hasMessageContaining(reason);
      }
    }
  }

  @Test
  void withoutATokenizerNothingIsWritten() {
    refused("llama-mha", "the checkpoint has no tokenizer");
  }

  private void refused(String family, String reason) {
    Path file = folder.resolve(family + ".gguf");
    Checkpoint checkpoint = Checkpoint.open(Fixtures.resource("families/" + family));
    assertThatThrownBy(() -> GgufExport.write(checkpoint, GgufType.F16, file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(reason);
    assertThat(file).doesNotExist();
  }
}
