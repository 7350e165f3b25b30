package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.BaichuanFixture;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.SafetensorsFile;
import dev.secateur.evaluation.Verification;
import dev.secateur.json.Json;
import dev.secateur.protocol.InputException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamiliesTest {
  @TempDir Path folder;

  @Test
  void baichuanIsTheLlamaWhoseWeightsItFuses() {
    Path llama = Fixtures.resource("families/llama-mha/golden.safetensors");
    try (SafetensorsFile golden = SafetensorsFile.open(llama);
        Model model =
            CheckpointReader.load(
                Checkpoint.open(BaichuanFixture.write(folder, false)), Device.cpu())) {
      double[] expected = golden.reals("logits");
      assertThat(Verification.logits(model, golden)).hasSameSizeAs(expected);
      double worst = 0;
      double[] found = Verification.logits(model, golden);
      for (int i = 0; i < expected.length; i++) {
        worst = Math.max(worst, Math.abs(found[i] - expected[i]));
      }
      assertThat(worst).isLessThan(1e-5);
    }
  }

  @Test
  void slopesAreThoseOfThePaperForAnyNumberOfHeads() {
    assertThat(Alibi.slopes(8))
        .containsExactly(0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625);
    assertThat(Alibi.slopes(6))
        .containsExactly(
            Math.pow(2, -2),
            Math.pow(2, -4),
            Math.pow(2, -6),
            Math.pow(2, -8),
            Math.pow(2, -1),
            Math.pow(2, -3));
  }

  @Test
  void scaledRotaryPositionsStretchWaves() {
    double plain = Rope.plain(10000, 8).frequencies(16)[2];
    Rope linear = new Rope(10000, 8, new Rope.Scaling.Linear(4), new Rope.Positions.Sequence());
    assertThat(linear.frequencies(16)[2]).isEqualTo(plain / 4);
    Rope dynamic =
        new Rope(10000, 8, new Rope.Scaling.Dynamic(2, 32), new Rope.Positions.Sequence());
    assertThat(dynamic.frequencies(32)[2]).isEqualTo(plain);
    double base = 10000 * Math.pow(2 * 64 / 32.0 - 1, 8 / 6.0);
    assertThat(dynamic.frequencies(64)[2]).isEqualTo(Math.pow(base, -4.0 / 8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama-mha | {\"hidden_act\": \"mish\"} | 'hidden_act' is 'mish'",
        "llama-mha | {\"num_local_experts\": 8} | 'num_local_experts' requires a mixture of experts",
        "gpt-oss | {\"quantization_config\": {\"quant_method\": \"mxfp4\"}} | stored as"
            + " MXFP4; convert the checkpoint to bfloat16",
        "gpt-oss | {\"swiglu_limit\": 5.0} | 'swiglu_limit' is 5.0",
        "mixtral | {\"num_experts_per_tok\": 5} | 'num_experts_per_tok' is 5, and block 0 has 4",
        "mixtral | {\"num_local_experts\": 1000000} | 'num_local_experts' is 1000000 in 3 blocks",
        "mixtral | {\"secateur_pruned\": {\"experts\": [4, 3]}} | 'secateur_pruned.experts'"
            + " is not a list",
        "mixtral | {\"secateur_pruned\": {\"experts\": [4, 5, 4]}} | 'secateur_pruned.experts' is no",
        "qwen3-moe | {\"mlp_only_layers\": [\"a\"]} | 'mlp_only_layers' has \"a\"",
        "llama-mha | {\"quantization_config\": {\"bits\": 4}} | 'quantization_config' says",
        "llama-mha | {\"rope_parameters\": {\"rope_type\": \"proportional\"}} | of type"
            + " 'proportional'",
        "llama-mha | {\"num_key_value_heads\": 3} | does not divide 4 query heads",
        "qwen2 | {\"layer_types\": [\"full_attention\"]} | 'layer_types' has 1 entries for 3",
        "gemma2 | {\"hidden_activation\": \"quick\"} | 'hidden_activation' is 'quick'",
        "llama-yarn | {\"rope_parameters\": {\"rope_type\": \"yarn\"}} | 'rope_parameters.factor' is"
            + " missing",
        "llama-mha | {\"rope_scaling\": {\"type\": \"su\"}} | 'rope_scaling.type' requests rotary"
            + " positions of type 'su'; supported: default, linear, dynamic, llama3, yarn, longrope",
        "llama-mha | {\"rope_scaling\": {\"type\": \"default\", \"mrope_section\": [2, 1, 1]}} |"
            + " 'rope_scaling.mrope_section' is [2,1,1], an option of rotary positions that is unknown",
        "llama-mha | {\"partial_rotary_factor\": 0.5} | 'partial_rotary_factor' is 0.5; this family",
        "llama-dynamic | {\"rope_parameters\": {\"rope_type\": \"dynamic\", \"factor\": 2,"
            + " \"original_max_position_embeddings\": 4}} | use 'max_position_embeddings', 8",
        "phi3 | {\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}} | of type 'linear';"
            + " supported: default, longrope",
        "phi3 | {\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2}} |"
            + " 'rope_scaling.short_factor' is missing; longrope requires it",
        "phi3-longrope | {\"partial_rotary_factor\": 0.5, \"rope_scaling\": {\"type\": \"longrope\","
            + " \"short_factor\": [1, 1, 1, 1], \"long_factor\": [1, 1]}} | 'rope_scaling.short_factor'"
            + " has 4 factors for 2 pairs",
        "phi3-longrope | {\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1, 0, 1, 1]}}"
            + " | 'rope_scaling.short_factor' is [1,0,1,1], not a list of numbers above 0",
        "smollm3 | {\"no_rope_layers\": [1, 0]} | 'no_rope_layers' is [1,0], not a list of 4"
            + " or more",
        "smollm3 | {\"no_rope_layers\": [1, 0, \"1\", 1]} | 'no_rope_layers' has \"1\"; an entry is",
        "smollm3 | {\"layer_types\": [\"sliding_attention\", \"full_attention\","
            + " \"full_attention\", \"full_attention\"]} | there is no 'sliding_window'",
        "granite | {\"logits_scaling\": 0} | 'logits_scaling' is 0, not a number above 0",
        "gemma3 | {\"use_bidirectional_attention\": true} | 'use_bidirectional_attention' is true",
        "gemma3 | {\"attn_logit_softcapping\": 50.0} | 'attn_logit_softcapping' is 50.0",
        "gemma3 | {\"rope_parameters\": {\"rope_theta\": 5}} | 'rope_parameters.rope_theta' is no",
        "gemma3 | {\"rope_parameters\": {\"sliding_attention\": {\"rope_type\": \"x\"}}} |"
            + " 'rope_parameters.sliding_attention.rope_type' requests rotary positions of type 'x'",
        "opt | {\"do_layer_norm_before\": false} | 'do_layer_norm_before' is false",
        "opt | {\"word_embed_proj_dim\": 16} | 'word_embed_proj_dim' is 16",
        "gpt2 | {\"scale_attn_by_inverse_layer_idx\": true} | 'scale_attn_by_inverse_layer_idx'",
        "chatglm | {\"position_encoding_2d\": false} | 'position_encoding_2d' is false",
        "chatglm | {\"ffn_hidden_size\": 99} | marks ChatGLM 2",
        "bloom | {\"n_head\": 5} | 'n_head' is 5, which does not divide the width 32"
      })
  void refusesWhatItDoesNotSupportByName(String family, String change, String complaint)
      throws IOException {
    Path file = Fixtures.resource("families/" + family).resolve("config.json");
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(file.toFile());
    config.setAll((ObjectNode) Json.MAPPER.readTree(change));
    assertThatThrownBy(() -> Families.of(ModelConfig.of(file, config)))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(complaint);
  }
}
