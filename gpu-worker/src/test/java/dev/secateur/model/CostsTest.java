package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.json.Json;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Budget;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Selection;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers that LLM-Pruner prints (arXiv 2305.11627, Table 3, and its list of results). */
class CostsTest {
  private static final Map<String, String> CONFIGS =
      Map.of(
          "LLaMA-7B",
          """
          {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
           "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}""",
          "Llama-3-8B",
          """
          {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
           "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
           "rope_theta": 500000.0, "vocab_size": 128256}""",
          "TinyLlama",
          """
          {"model_type": "llama", "hidden_size": 2048, "intermediate_size": 5632,
           "num_hidden_layers": 22, "num_attention_heads": 32, "num_key_value_heads": 4,
           "vocab_size": 32000}""");

  static Decoder decoder(String name) {
    try {
      return Families.of(ModelConfig.of(Path.of(name), Json.MAPPER.readTree(CONFIGS.get(name))));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Decoder pruned(Decoder base, Strategy strategy, int first, int end, String ratio) {
    Eligible.Layers layers = Eligible.Layers.both(first, end);
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(base), strategy, layers);
    Selection selection =
        new Selection(base, eligible, strategy, layers, Budget.local(new BigDecimal(ratio)));
    Map<String, double[]> scores = new HashMap<>();
    eligible.forEach(structure -> scores.put(structure.name(), new double[structure.units()]));
    selection.remove(1, scores);
    return Pruning.prune(base, selection.groups());
  }

  /** As transformers' classes count them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7298617344 | {model_type: olmo2, hidden_size: 4096, intermediate_size: 11008,"
            + " num_hidden_layers: 32, num_attention_heads: 32, vocab_size: 100352}",
        "8170848256 | {model_type: granite, hidden_size: 4096, intermediate_size: 12800,"
            + " num_hidden_layers: 40, num_attention_heads: 32, num_key_value_heads: 8,"
            + " vocab_size: 49155, tie_word_embeddings: true}",
        "3075098624 | {model_type: smollm3, hidden_size: 2048, intermediate_size: 11008,"
            + " num_hidden_layers: 36, num_attention_heads: 16, vocab_size: 128256}",
        "999885952 | {model_type: gemma3_text, hidden_size: 1152, intermediate_size: 6912,"
            + " num_hidden_layers: 26, num_attention_heads: 4, num_key_value_heads: 1,"
            + " vocab_size: 262144}",
        "3836021760 | {model_type: phi3, hidden_size: 3072, intermediate_size: 8192,"
            + " num_hidden_layers: 32, num_attention_heads: 24, num_key_value_heads: 8,"
            + " vocab_size: 200064, partial_rotary_factor: 0.75, tie_word_embeddings: true}",
        "46702792704 | " + MIXTRAL,
        "30532122624 | " + QWEN3_MOE,
        "20914757184 | " + GPT_OSS
      })
  void countsTheParametersOfLaterFamilies(long parameters, String config) {
    assertThat(Costs.of(unquoted(config), Costs.TOKENS).parameters()).isEqualTo(parameters);
  }

  private static Decoder unquoted(String config) {
    ObjectMapper unquoted =
        JsonMapper.builder().enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES).build();
    String quoted = config.replaceAll("model_type: (\\w+)", "model_type: \"$1\"");
    try {
      return Families.of(ModelConfig.of(Path.of("config.json"), unquoted.readTree(quoted)));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static final String MIXTRAL =
      "{model_type: mixtral, hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32,"
          + " num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 32000,"
          + " num_local_experts: 8, num_experts_per_tok: 2}";
  private static final String QWEN3_MOE =
      "{model_type: qwen3_moe, hidden_size: 2048, intermediate_size: 6144, num_hidden_layers: 48,"
          + " num_attention_heads: 32, num_key_value_heads: 4, head_dim: 128, vocab_size: 151936,"
          + " num_experts: 128, num_experts_per_tok: 8, moe_intermediate_size: 768}";
  private static final String GPT_OSS =
      "{model_type: gpt_oss, hidden_size: 2880, intermediate_size: 2880, num_hidden_layers: 24,"
          + " num_attention_heads: 64, num_key_value_heads: 8, head_dim: 64, vocab_size: 201088,"
          + " num_local_experts: 32, num_experts_per_tok: 4}";

  /** All but the experts that a token does not take, three matrices each (and gpt-oss's biases). */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "32, 6, 4096, 14336, 0 | " + MIXTRAL,
        "48, 120, 2048, 768, 0 | " + QWEN3_MOE,
        "24, 28, 2880, 2880, 8640 | " + GPT_OSS
      })
  void countsTheParametersThatComputeAToken(String sizes, String config) {
    long[] of = Arrays.stream(sizes.split(", ")).mapToLong(Long::parseLong).toArray();
    Costs costs = Costs.of(unquoted(config), Costs.TOKENS);
    long idle = of[0] * of[1] * (3 * of[2] * of[3] + of[4]);
    assertThat(costs.parameters() - costs.activeParameters()).isEqualTo(idle);
    assertThat(Costs.of(fixture("llama-mha"), 1).activeParameters())
        .isEqualTo(Costs.of(fixture("llama-mha"), 1).parameters());
  }

  /**
   * A mixture's block costs what one of an MLP as wide as a token's experts costs, and the router.
   */
  @Test
  void countsTheMacsOfTheExpertsThatATokenTakes() {
    Costs experts = Costs.of(unquoted(MIXTRAL), Costs.TOKENS);
    Costs plain =
        Costs.of(
            unquoted(
                MIXTRAL
                    .replace("mixtral", "mistral")
                    .replaceAll(", num_local.*", "}")
                    .replace("14336", "28672")),
            Costs.TOKENS);
    assertThat(experts.macs() - plain.macs()).isEqualTo(32L * Costs.TOKENS * 4096 * 8);
  }

  /** Norms, rotary positions and windows of a block, two for each channel: as Table 3 counts. */
  @Test
  void countsWhatLaterFamiliesDoBesidesMatrices() {
    long tokens = 10;
    Costs olmo = Costs.of(fixture("olmo2"), (int) tokens);
    Costs llama = Costs.of(fixture("llama-gqa-tied"), (int) tokens);
    long norms = 2 * tokens * (32 + 16); // over all queries, over all keys
    assertThat(olmo.macs() - llama.macs()).isEqualTo(3 * norms);
    Costs smol = Costs.of(fixture("smollm3"), (int) tokens);
    long rotated = 2 * tokens * (4 + 2) * 8;
    assertThat(smol.macs() - llama.macs())
        .isEqualTo((llama.macs() - 2 * tokens * 32 - tokens * 32 * 128) / 3 - rotated);
  }

  private static Decoder fixture(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family)).decoder();
  }

  @ParameterizedTest
  @CsvSource({
    "BLOCK, 0, 0, 0, 6738415616, 424.021, 12884.52",
    "CHANNEL, 0, 32, 0.2, 5389416396, 339.361, 10363.62",
    "BLOCK, 4, 30, 0.25, 5422977024, 339.603, 10375.52",
    "CHANNEL, 0, 32, 0.5, 3369207808, 212.578, 6556.27",
    "BLOCK, 3, 31, 0.6, 3350188032, 206.585, 6533.99"
  })
  void countsWhatTable3Prints(
      Strategy strategy,
      int first,
      int end,
      String ratio,
      long parameters,
      String macs,
      String memory) {
    Decoder base = decoder("LLaMA-7B");
    Decoder shown = end == 0 ? base : pruned(base, strategy, first, end, ratio);
    Costs costs = Costs.of(shown, Costs.TOKENS);
    assertThat(costs.parameters()).isEqualTo(parameters);
    assertThat(String.format(Locale.ROOT, "%.3f", costs.macs() / 1e9)).isEqualTo(macs);
    assertThat(String.format(Locale.ROOT, "%.2f", costs.memoryBytes() / (double) (1 << 20)))
        .isEqualTo(memory);
  }

  @ParameterizedTest
  @CsvSource({
    "Llama-3-8B, 4, 30, 8030261248, 6612586496",
    "TinyLlama, 4, 18, 1100048384, 945907712"
  })
  void countsTheParametersOfGroupedQueryModels(
      String model, int first, int end, long before, long after) {
    Decoder base = decoder(model);
    assertThat(Costs.of(base, Costs.TOKENS).parameters()).isEqualTo(before);
    Decoder pruned = pruned(base, Strategy.BLOCK, first, end, "0.25");
    assertThat(Costs.of(pruned, Costs.TOKENS).parameters()).isEqualTo(after);
  }
}
