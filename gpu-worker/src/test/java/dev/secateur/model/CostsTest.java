package dev.secateur.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.protocol.Strategy;
import dev.secateur.pruning.Budget;
import dev.secateur.pruning.Eligible;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Selection;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
      return Families.of(
          ModelConfig.of(Path.of(name), new ObjectMapper().readTree(CONFIGS.get(name))));
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
