package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.protocol.InputException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The config that a pruned model is written with: one of stock sizes where a stock class computes
 * exactly this model, so that other tools load it; else the one that states its shapes.
 */
final class StockConfig {
  private static final List<String> WIDTHS = List.of("hidden_size", "n_embd", "n_embed");
  private static final List<String> MLP_WIDTHS =
      List.of("intermediate_size", "ffn_dim", "n_inner", "inner_hidden_size");
  private static final List<String> HEADS = List.of("num_attention_heads", "n_head");

  private StockConfig() {}

  static ObjectNode of(Decoder decoder) {
    ObjectNode stated = decoder.config().json().deepCopy();
    if (!stated.has(PrunedDecoder.KEY)) {
      return stated;
    }
    return uniform(decoder)
        .flatMap(
            sizes -> resized(stated, sizes, decoder).or(() -> asMistral(stated, sizes, decoder)))
        .orElse(stated);
  }

  /** The sizes that all blocks share; nothing where blocks differ. */
  private record Sizes(long width, long mlpWidth, long queryHeads, long keyHeads, int headWidth) {}

  private static Optional<Sizes> uniform(Decoder decoder) {
    Costs costs = Costs.of(decoder, 1);
    Set<List<Long>> heads = new HashSet<>(costs.heads());
    Set<Long> mlpWidths = new HashSet<>();
    for (int layer = 0; layer < decoder.layers(); layer++) {
      String block = decoder.blockName(layer);
      // The last map that a block runs is the one that its MLP writes with.
      costs.inputs().entrySet().stream()
          .filter(input -> input.getKey().startsWith(block))
          .reduce((earlier, later) -> later)
          .ifPresent(input -> mlpWidths.add(input.getValue()));
    }
    if (heads.size() != 1 || mlpWidths.size() != 1) {
      return Optional.empty();
    }
    List<Long> shared = heads.iterator().next();
    long width = decoder.embed(costs, List.of()).get(0);
    return Optional.of(
        new Sizes(
            width, mlpWidths.iterator().next(), shared.get(0), shared.get(1), decoder.headWidth()));
  }

  private static Optional<ObjectNode> resized(ObjectNode stated, Sizes sizes, Decoder decoder) {
    ObjectNode json = stated.deepCopy();
    json.remove(PrunedDecoder.KEY);
    WIDTHS.stream().filter(json::has).forEach(key -> json.put(key, sizes.width()));
    MLP_WIDTHS.stream().filter(json::has).forEach(key -> json.put(key, sizes.mlpWidth()));
    HEADS.stream().filter(json::has).forEach(key -> json.put(key, sizes.queryHeads()));
    if (json.has("num_key_value_heads") || sizes.keyHeads() != sizes.queryHeads()) {
      json.put("num_key_value_heads", sizes.keyHeads());
    }
    if (json.has("head_dim") || sizes.width() != sizes.queryHeads() * sizes.headWidth()) {
      json.put("head_dim", sizes.headWidth());
    }
    if (json.has("word_embed_proj_dim")) {
      json.put("word_embed_proj_dim", sizes.width());
    }
    boolean refused =
        json.path("model_type").asText().equals("llama")
            && sizes.width() % sizes.queryHeads() != 0; // by LlamaConfig, head_dim or not
    return refused ? Optional.empty() : Optional.of(json).filter(j -> computes(j, decoder));
  }

  /** Mistral without a window is LLaMA without biases, and free in its width of heads. */
  private static Optional<ObjectNode> asMistral(ObjectNode stated, Sizes sizes, Decoder decoder) {
    if (!stated.path("model_type").asText().equals("llama")) {
      return Optional.empty();
    }
    ObjectNode json = stated.deepCopy();
    json.put("model_type", "mistral");
    json.putArray("architectures").add("MistralForCausalLM");
    json.putNull("sliding_window");
    json.remove(List.of("attention_bias", "mlp_bias", "pretraining_tp"));
    json.put("head_dim", sizes.headWidth());
    return resized(json, sizes, decoder);
  }

  /** Whether the config describes exactly this model. */
  private static boolean computes(ObjectNode json, Decoder decoder) {
    try {
      Decoder stock = Families.of(ModelConfig.of(decoder.config().file(), json));
      return shapes(stock).equals(shapes(decoder))
          && stock.headWidth() == decoder.headWidth()
          && stock.constants().keySet().equals(decoder.constants().keySet())
          && stock.constants().entrySet().stream()
              .allMatch(e -> Arrays.equals(e.getValue(), decoder.constants().get(e.getKey())));
    } catch (InputException e) {
      return false; // the family has no such sizes
    }
  }

  private static Map<String, List<Long>> shapes(Decoder decoder) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (ParameterShape parameter : decoder.parameters()) {
      shapes.put(parameter.name(), parameter.shape());
    }
    return shapes;
  }
}
