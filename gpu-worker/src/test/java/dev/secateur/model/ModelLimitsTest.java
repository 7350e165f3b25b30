package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelLimitsTest {
  private static final Path FILE = Path.of("config.json");

  private static ObjectNode config(String family) throws IOException {
    Path file = Fixtures.resource("families/" + family + "/config.json");
    return (ObjectNode) Json.MAPPER.readTree(file.toFile());
  }

  private static void refuses(ObjectNode config, String message) {
    assertThatThrownBy(() -> Families.of(ModelConfig.of(FILE, config)))
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource({
    "llama-mha, num_hidden_layers, 65536, '4,096'",
    "llama-mha, num_hidden_layers, 2147483647, '4,096'",
    "gpt2, n_layer, 4097, '4,096'",
    "llama-mha, hidden_size, 2147483647, '1,048,576'",
    "llama-mha, intermediate_size, 2147483647, '1,048,576'",
    "llama-mha, num_attention_heads, 2147483647, '16,384'",
    "llama-mha, head_dim, 2147483647, '16,384'",
    "opt, vocab_size, 2147483647, '16,777,216'",
  })
  void refusesSizesThatNoModelHas(String family, String key, int size, String most)
      throws IOException {
    refuses(
        config(family).put(key, size),
        "config.json: '" + key + "' is " + size + ", more than the " + most + " that");
  }

  @Test
  void refusesParametersThatNoMachineHolds() throws IOException {
    refuses(
        config("llama-mha").put("hidden_size", 1 << 20).put("vocab_size", (1 << 20) + 1),
        "config.json: 'model_type' and the sizes beside it make 'model.embed_tokens.weight' of"
            + " shape [1048577, 1048576]; a parameter has 1 to 2^40 elements");
    refuses(
        config("opt").put("max_position_embeddings", Integer.MAX_VALUE),
        "config.json: 'model_type' and the sizes beside it make");
  }

  @Test
  void refusesOptionsOfAnotherType() throws IOException {
    refuses(
        config("llama-mha").put("tie_word_embeddings", "no"),
        "config.json: 'tie_word_embeddings' is \"no\", not true or false");
    refuses(
        config("llama-mha").put("hidden_act", 3), "config.json: 'hidden_act' is 3, not a string");
    refuses(
        config("llama-mha").put("rope_parameters", "linear"),
        "config.json: 'rope_parameters' is \"linear\", not an object");
    refuses(
        config("llama-mha").put("model_type", "a\nb"),
        "config.json: 'model_type' is 'a\\u000ab', an unknown family");
  }

  private static ObjectNode pruned(String pruned) throws IOException {
    ObjectNode config = config("llama-mha");
    JsonNode stated = Json.MAPPER.readTree(pruned.replace('\'', '"'));
    config.set(PrunedDecoder.KEY, stated);
    return config;
  }

  @Test
  void readsAPrunedConfigThatAgreesWithItself() throws IOException {
    Decoder decoder =
        Families.of(
            ModelConfig.of(
                FILE,
                pruned(
                    "{'shapes': {'model.layers.0.mlp.up_proj.weight': [44, 32],"
                        + " 'model.layers.0.mlp.gate_proj.weight': [44, 32],"
                        + " 'model.layers.0.mlp.down_proj.weight': [32, 44]}}")));
    assertThat(Costs.of(decoder, 1).inputs()).containsEntry("model.layers.0.mlp.down_proj", 44L);
  }
}
