package dev.secateur.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.BaichuanFixture;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.json.Json;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a config may ask for that a graph of llama.cpp does not do. */
class DescriptionTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qwen3-moe | {}                                                | block 0 has a plain MLP",
        "qwen3-moe | {'mlp_only_layers': [], 'norm_topk_prob': false}  | experts don't add up to one",
        "olmoe     | {'num_key_value_heads': 4, 'norm_topk_prob': true} | experts add up to one",
        "olmoe     | {'num_key_value_heads': 4, 'clip_qkv': 3.5}       | it clamps to [[-3.5, 3.5]]",
        "olmoe     | {'num_key_value_heads': 4, 'attention_bias': true} | attentions have biases",
        "olmoe     | {}                                | norm of the keys has 16 channels, and not the width of 32",
        "gpt-oss   | {'attention_bias': false}         | attentions have no biases",
        "gpt-neox  | {'attention_bias': false}         | attentions have no biases",
        "gemma2    | {'tie_word_embeddings': false}    | its output layer is not the embedding",
        "bloom     | {'apply_residual_connection_post_layernorm': true} | added to a norm's output",
        "gpt2      | {'activation_function': 'relu'}   | its MLPs use RELU",
        "gpt2      | {'scale_attn_weights': false}     | its scores are multiplied with 1.0"
      })
  void isRefusedWithTheReason(String family, String changes, String reason) {
    assertThatThrownBy(() -> describe(family, changes))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(
            "llama.cpp's '" + family.replace("-moe", "moe").replace("-neox", "neox"))
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt-oss  | {} | yarn begins and ends at whole channels",
        "gpt-neox | {} | GELU by its approximation with tanh",
        "mixtral  | {'sliding_window': 8} | sees all tokens, this model the last 8"
      })
  void orToldWhereItIsNear(String family, String changes, String note) throws IOException {
    assertThat(describe(family, changes).notes()).singleElement().asString().contains(note);
  }

  @Test
  void linearBiasesOfBaichuanAreRefused() {
    Path checkpoint = BaichuanFixture.write(folder.resolve("baichuan"), true);
    assertThatThrownBy(() -> new Description(Checkpoint.open(checkpoint).decoder()))
        .hasMessageContaining("its scores have linear biases");
  }

  private static Description describe(String family, String changes) throws IOException {
    Path file = Fixtures.resource("families/" + family).resolve("config.json");
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(file.toFile());
    config.setAll((ObjectNode) Json.MAPPER.readTree(changes.replace('\'', '"')));
    return new Description(Families.of(ModelConfig.of(file, config)));
  }
}
