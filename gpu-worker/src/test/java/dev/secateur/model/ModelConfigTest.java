package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.Fixtures;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of a config that are not of their kind: each is refused with the file and the key. */
class ModelConfigTest {

  @TempDir Path folder;

  private static ObjectNode config(String family) throws IOException {
    return (ObjectNode)
        Json.MAPPER.readTree(
            Fixtures.resource("families/" + family).resolve("config.json").toFile());
  }

  private void refuses(ObjectNode config, String complaint) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), config.toString());
    assertThatThrownBy(() -> Families.of(ModelConfig.read(file)))
        .as(config.toString())
        .isInstanceOf(InputException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(complaint)
        .message()
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "llama-mha | hidden_size | 32.5 | 'hidden_size' is 32.5, not a positive whole number",
        "llama-mha | hidden_size | 32.0 | 'hidden_size' is 32.0, not a positive whole number",
        "llama-mha | vocab_size | \"128\" | 'vocab_size' is \"128\", not a positive whole number",
        "llama-mha | head_dim | true | 'head_dim' is true, not a positive whole number",
        "llama-mha | num_key_value_heads | [4] | 'num_key_value_heads' is [4], not a positive",
        "llama-mha | num_hidden_layers | 0 | 'num_hidden_layers' is 0, not a positive",
        "llama-mha | num_hidden_layers | -3 | 'num_hidden_layers' is -3, not a positive",
        "llama-mha | intermediate_size | 1e400 | 'intermediate_size' is ",
        "llama-mha | model_type | 3 | 'model_type' is 3, not a string",
        "llama-mha | hidden_act | [\"silu\"] | 'hidden_act' is [\"silu\"], not a string",
        "llama-mha | rms_norm_eps | \"1e-6\" | 'rms_norm_eps' is \"1e-6\", not a finite number",
        "llama-mha | rms_norm_eps | 0 | 'rms_norm_eps' is 0, not a number above 0",
        "llama-mha | rms_norm_eps | -1e-6 | not a number above 0",
        "llama-mha | rms_norm_eps | 1e400 | 'rms_norm_eps' is ",
        "llama-mha | rope_parameters | [] | 'rope_parameters' is [], not an object",
        "llama-mha | rope_parameters | \"default\" | 'rope_parameters' is \"default\", not an object",
        "llama-mha | rope_scaling | 2.0 | 'rope_scaling' is 2.0, not an object",
        "llama-mha | quantization_config | \"int8\" | 'quantization_config' is \"int8\", not an",
        "llama-mha | quantization_bit | 1.5 | 'quantization_bit' is 1.5, not a whole number",
        "llama-mha | num_local_experts | \"8\" | 'num_local_experts' is \"8\", not a whole number",
        "qwen2 | max_window_layers | 1.5 | 'max_window_layers' is 1.5, not a whole number",
        "qwen2 | layer_types | \"full_attention\" | 'layer_types' is \"full_attention\", not a list",
        "qwen2 | layer_types | [1, 2, 3] | 'layer_types' is [1,2,3], not a list of strings",
        "mistral | sliding_window | 1.5 | 'sliding_window' is 1.5, not a positive whole number",
        "gemma2 | query_pre_attn_scalar | 0 | 'query_pre_attn_scalar' is 0, not a number above 0",
        "gemma2 | final_logit_softcapping | -3 | not a number above 0",
        "gemma2 | attn_logit_softcapping | 0 | not a number above 0",
        "bloom | layer_norm_epsilon | 0 | 'layer_norm_epsilon' is 0, not a number above 0",
        "gpt2 | layer_norm_epsilon | [] | 'layer_norm_epsilon' is [], not a finite number",
        "gpt-neox | layer_norm_eps | -1 | 'layer_norm_eps' is -1, not a number above 0",
        "gpt-neox | rotary_emb_base | 0 | 'rotary_emb_base' is 0, not a number above 0",
        "gpt-neox | rotary_pct | -0.5 | 'rotary_pct' is -0.5, not a number above 0",
        "chatglm | layernorm_epsilon | 0 | 'layernorm_epsilon' is 0, not a number above 0",
        "chatglm | bos_token_id | 1.5 | 'bos_token_id' is 1.5, not a whole number of 0 or more",
        "chatglm | gmask_token_id | \"1\" | 'gmask_token_id' is \"1\", not a whole number"
      })
  void areRefusedByTheirKey(String family, String key, String value, String complaint)
      throws IOException {
    ObjectNode config = config(family);
    if (key.startsWith("rotary")) {
      config.remove("rope_parameters");
    }
    config.set(key, Json.MAPPER.readTree(value));
    refuses(config, complaint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"rope_theta\": 0} | 'rope_parameters.rope_theta' is 0, not a number above 0",
        "{\"rope_theta\": -10000.0} | 'rope_parameters.rope_theta' is -10000.0, not a number",
        "{\"rope_theta\": \"1e4\"} | 'rope_parameters.rope_theta' is \"1e4\", not a finite number",
        "{\"rope_type\": 3} | 'rope_parameters.rope_type' is 3, not a string",
        "{\"rope_type\": \"linear\", \"factor\": 0} | 'rope_parameters.factor' is 0, not a number",
        "{\"rope_type\": \"linear\", \"factor\": []} | 'rope_parameters.factor' is [], not a finite",
        "{\"rope_type\": \"dynamic\", \"factor\": -1} | 'rope_parameters.factor' is -1, not a",
        "{\"partial_rotary_factor\": 0} | 'rope_parameters.partial_rotary_factor' is 0, not a",
        "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4,"
            + " \"original_max_position_embeddings\": 64} | 'rope_parameters.high_freq_factor' is"
            + " 4.0, not above 'low_freq_factor'",
        "{\"rope_type\": \"llama3\", \"factor\": 8, \"original_max_position_embeddings\": 64.5} |"
            + " 'rope_parameters.original_max_position_embeddings' is 64.5, not a positive whole",
        "{\"full_attention\": {\"rope_theta\": 1}} | 'rope_parameters.full_attention' is an object"
      })
  void rotaryOptionsAreRefusedByTheirKey(String options, String complaint) throws IOException {
    ObjectNode config = config("llama-mha");
    config.set("rope_parameters", Json.MAPPER.readTree(options));
    refuses(config, complaint);
  }

  @Test
  void theOldSpellingOfTheBaseIsCheckedAsWell() throws IOException {
    ObjectNode config = config("llama-mha");
    config.remove("rope_parameters");
    config.put("rope_theta", 0);
    refuses(config, "'rope_theta' is 0, not a number above 0");
  }

  static List<List<String>> flags() {
    return List.of(
        List.of("llama-mha", "tie_word_embeddings"),
        List.of("llama-mha", "attention_bias"),
        List.of("llama-mha", "mlp_bias"),
        List.of("qwen2", "use_sliding_window"),
        List.of("qwen3", "attention_bias"),
        List.of("gemma2", "attention_bias"),
        List.of("bloom", "apply_residual_connection_post_layernorm"),
        List.of("bloom", "tie_word_embeddings"),
        List.of("chatglm", "position_encoding_2d"),
        List.of("gpt-neox", "use_parallel_residual"),
        List.of("gpt-neox", "attention_bias"),
        List.of("opt", "do_layer_norm_before"),
        List.of("opt", "enable_bias"),
        List.of("gpt2", "scale_attn_weights"),
        List.of("gpt2", "scale_attn_by_inverse_layer_idx"));
  }

  @ParameterizedTest
  @MethodSource("flags")
  void truthValuesAreTrueOrFalse(List<String> flag) throws IOException {
    for (String value : List.of("[]", "\"false\"", "0", "1", "{}", "0.5")) {
      ObjectNode config = config(flag.get(0));
      config.set(flag.get(1), Json.MAPPER.readTree(value));
      refuses(config, "'" + flag.get(1) + "' is " + value + ", not true or false");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[] | 'secateur_pruned' is [], not an object",
        "{\"shape\": {}} | 'secateur_pruned.shape' is unknown to this model",
        "{\"shapes\": []} | 'secateur_pruned.shapes' is [], not an object",
        "{\"shapes\": {\"x.weight\": [1]}} | 'secateur_pruned.shapes.x.weight' is unknown",
        "{\"shapes\": {\"model.norm.weight\": [16.5]}} |"
            + " 'secateur_pruned.shapes.model.norm.weight' is [16.5], which is not a narrower"
            + " version of [32]",
        "{\"shapes\": {\"model.norm.weight\": [\"16\"]}} | which is not a narrower version of"
            + " [32]",
        "{\"shapes\": {\"model.norm.weight\": [0]}} | which is not a narrower version of [32]",
        "{\"shapes\": {\"model.norm.weight\": [33]}} | which is not a narrower version of [32]",
        "{\"shapes\": {\"model.norm.weight\": 16}} | is 16, which is not a narrower version"
            + " of [32]",
        "{\"constants\": 3} | 'secateur_pruned.constants' is 3, not an object",
        "{\"constants\": {\"x\": [1]}} | 'secateur_pruned.constants.x' is unknown to this model",
        "{\"constants\": {\"model.embed_scale\": 5.5}} | 'secateur_pruned.constants.model.embed_scale'"
            + " is 5.5, not a list of at most 1 numbers",
        "{\"constants\": {\"model.embed_scale\": []}} | is [], not a list of at most 1 numbers",
        "{\"constants\": {\"model.embed_scale\": [\"5\"]}} | is [\"5\"], not a list of at most",
        "{\"constants\": {\"model.embed_scale\": [1, 2]}} | is [1,2], not a list of at most 1"
      })
  void whatAPrunedConfigStatesIsChecked(String pruned, String complaint) throws IOException {
    ObjectNode config = config("gemma2");
    config.set(PrunedDecoder.KEY, Json.MAPPER.readTree(pruned));
    refuses(config, complaint);
  }

  /** Each alone is a narrowing; together they are no model. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "llama-mha | self_attn.k_proj.weight | [1, 32] | after 'model.layers.1.self_attn.k_proj' 1"
            + " channels are no whole heads of 8",
        "llama-mha | self_attn.k_proj.weight | [24, 32] | 4 query heads of 8 channels don't go with 3 key heads",
        "llama-mha | self_attn.o_proj.weight | [32, 16] | o_proj' reads 16 channels but is given 32",
        "llama-mha | self_attn.o_proj.weight | [24, 32] | o_proj' 32 channels meet 24 channels",
        "llama-mha | mlp.up_proj.weight | [44, 32] | up_proj' 88 channels meet 44 channels",
        "llama-mha | input_layernorm.weight | [31] | weight' has 31 channels but is given 32",
        "llama-gqa-tied | self_attn.q_proj.weight | [24, 32] | 3 query heads of 8 channels don't go with 2 key",
        "phi3 | mlp.gate_up_proj.weight | [9, 32] | 9 channels can't be cut into 2 equal parts",
        "qwen2 | self_attn.q_proj.bias | [8] | q_proj.bias' has 8 channels but is given 32",
        "bloom | self_attention.query_key_value.weight | [72, 32] | query_key_value.bias' has 96",
        "gpt2 | ln_1.bias | [8] | ln_1.bias' has 8 channels but is given 32"
      })
  void shapesThatDoNotFitEachOtherAreRefused(
      String family, String parameter, String shape, String complaint) throws IOException {
    ObjectNode config = config(family);
    String block = family.matches("gpt2|bloom") ? "transformer.h.1." : "model.layers.1.";
    config
        .putObject(PrunedDecoder.KEY)
        .putObject("shapes")
        .set(block + parameter, Json.MAPPER.readTree(shape));
    refuses(config, "'secateur_pruned.shapes' do not fit each other: ");
    refuses(config, complaint);
  }

  @Test
  void theFileIsOneJsonObject() throws IOException {
    Path file = folder.resolve("config.json");
    for (String text : List.of("", "[]", "3", "{} {}", "{\"model_type\":")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> ModelConfig.read(file))
          .as(text)
          .isInstanceOf(InputException.class)
          .hasMessageMatching("(?s).*config.json(:\\d+)?: (is empty, )?not .*");
    }
  }

  @Test
  void nullIsAsGoodAsNothing() throws IOException {
    ObjectNode config = config("llama-mha");
    config.putNull("tie_word_embeddings").putNull("rope_scaling").putNull("attention_bias");
    config.putNull("quantization_config").putNull("head_dim");
    assertThat(Families.of(ModelConfig.of(folder.resolve("c"), config)).layers()).isEqualTo(3);
  }
}
