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
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufExportTest {
  @TempDir Path folder;

  /** A tensor as a file tells of it. */
  private record Found(long[] sizes, int type, long place) {}

  @Test
  void aFileTellsEachTensorsPlaceAndHoldsItsElements() throws IOException {
    Checkpoint demo = Checkpoint.open(DemoModel.extract(folder));
    Path file = folder.resolve("demo.gguf");

    GgufExport written = GgufExport.write(demo, GgufType.F32, file);

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[4];
    bytes.get(magic);
    assertThat(new String(magic, StandardCharsets.US_ASCII)).isEqualTo("GGUF");
    assertThat(bytes.getInt()).isEqualTo(3);
    long tensors = bytes.getLong();
    assertThat(tensors).isEqualTo(written.tensors());
    Map<String, Object> metadata = new HashMap<>();
    long keys = bytes.getLong();
    for (long i = 0; i < keys; i++) {
      String key = string(bytes);
      metadata.put(key, value(bytes, bytes.getInt()));
    }
    assertThat(metadata)
        .containsEntry("general.architecture", "llama")
        .containsEntry("llama.block_count", demo.decoder().layers())
        .containsEntry("tokenizer.ggml.model", "gpt2")
        .containsEntry("tokenizer.ggml.pre", "gpt-2");
    Map<String, Found> found = new HashMap<>();
    for (long i = 0; i < tensors; i++) {
      String name = string(bytes);
      long[] sizes = new long[bytes.getInt()];
      for (int dim = 0; dim < sizes.length; dim++) {
        sizes[dim] = bytes.getLong();
      }
      found.put(name, new Found(sizes, bytes.getInt(), bytes.getLong()));
    }
    long data = (bytes.position() + 31) / 32 * 32;
    Found down = found.get("blk.1.ffn_down.weight");
    assertThat(down.place() % 32).isZero();
    try (SafetensorsFile stored =
        SafetensorsFile.open(demo.folder().resolve("model.safetensors"))) {
      double[] elements = stored.reals("model.layers.1.mlp.down_proj.weight");
      bytes.position((int) (data + down.place()));
      for (double element : elements) {
        assertThat(bytes.getFloat()).isEqualTo((float) element);
      }
    }
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
    refused("opt", "llama.cpp computes no such model: it has no architecture for OPT");
    refused("chatglm", "a later model with another mask and positions");
    refused("llama-dynamic", "does not stretch rotary positions");
  }

  @Test
  void blocksAndHeadsThatLlamaCppDoesNotTakeAreRefused() {
    refusedCut("olmo2", 0, "as many heads as fill the width");
    refusedCut("phi4-mini", 0, "turns whole heads of 8 channels, this model 6 of them");
    refusedCut("gpt2", 0, "as many heads as fill the width");
    refusedCut("mixtral", 1, "takes blocks of one size, and here blocks have uneven widths");
    refusedCut("qwen3", 1, "takes blocks of one size, and here blocks have uneven widths");
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

  private static String string(ByteBuffer bytes) {
    byte[] utf8 = new byte[(int) bytes.getLong()];
    bytes.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static Object value(ByteBuffer bytes, int type) {
    return switch (type) {
      case 4, 5 -> bytes.getInt();
      case 6 -> bytes.getFloat();
      case 7 -> bytes.get() != 0;
      case 8 -> string(bytes);
      case 9 -> {
        int element = bytes.getInt();
        long count = bytes.getLong();
        for (long i = 0; i < count; i++) {
          value(bytes, element);
        }
        yield count;
      }
      default -> throw new AssertionError("type " + type);
    };
  }
}
