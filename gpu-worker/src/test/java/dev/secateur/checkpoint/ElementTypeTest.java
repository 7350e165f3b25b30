package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import dev.secateur.EditedCheckpoint;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementTypeTest {
  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(ElementType.class)
  void aBufferThatNoParameterNeedsMayBeOfAnyType(ElementType type) {
    Path checkpoint =
        EditedCheckpoint.of("gpt-neox", folder)
            .tensors(
                tensors -> {
                  int bytes = 8 * type.bits() / 8;
                  tensors.put("gpt_neox.layers.0.attention.bias", type, new byte[bytes], 1, 1, 8);
                })
            .folder();
    try (Model model = CheckpointReader.load(Checkpoint.open(checkpoint), Device.cpu())) {
      assertThat(model.weights().arrays()).doesNotContainKey("gpt_neox.layers.0.attention.bias");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32", "F16", "BF16"})
  void aParameterOfAnotherTypeThanWeightsHaveIsRefusedByName(ElementType type) {
    String name = "gpt_neox.layers.1.mlp.dense_4h_to_h.bias";
    Path checkpoint =
        EditedCheckpoint.of("gpt-neox", folder)
            .tensors(tensors -> tensors.put(name, type, new byte[32 * type.bits() / 8], 32))
            .folder();
    assertThatThrownBy(() -> Checkpoint.open(checkpoint).check())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("model.safetensors: tensor '" + name + "' is " + type + ";")
        .hasMessageContaining("weights must be F32, F16 or BF16");
  }

  @Test
  void elementsThatFillNoWholeBytesAreRefused() {
    EditedCheckpoint checkpoint = EditedCheckpoint.of("gpt-neox", folder);
    checkpoint.tensors(t -> t.put("odd", ElementType.F4, new byte[1], 2));
    Checkpoint.open(checkpoint.folder()).check();
    checkpoint.tensors(t -> t.put("odd", ElementType.F4, new byte[1], 3));
    assertThatThrownBy(() -> Checkpoint.open(checkpoint.folder()).check())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("tensor 'odd': its elements do not fill whole bytes");
  }

  @Test
  void typesOfWeightsAreNamedInAnyCase() {
    assertThat(ElementType.ofWeights("bf16", "--dtype")).isEqualTo(ElementType.BF16);
    for (String name : new String[] {"I8", "F64", "float16", ""}) {
      assertThatThrownBy(() -> ElementType.ofWeights(name, "--dtype"))
          .isInstanceOf(InputException.class)
          .hasMessage("--dtype is " + name + "; allowed are F32, F16 and BF16");
    }
  }
}
