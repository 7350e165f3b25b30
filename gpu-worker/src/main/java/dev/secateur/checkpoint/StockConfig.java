package dev.secateur.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.ModelConfig;
import dev.secateur.model.ParameterShape;
import dev.secateur.model.PrunedDecoder;
import dev.secateur.protocol.InputException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The config that a model is written with: one of stock sizes where a stock class computes exactly
 * this model, so that other tools load it; else the one that states its shapes, and names the code
 * that reads them.
 *
 * @param problem why transformers' own classes don't load it; empty where they do
 */
record StockConfig(ObjectNode json, String problem) {
  private static final List<String> WIDTHS = List.of("hidden_size", "n_embd", "n_embed");
  private static final List<String> MLP_WIDTHS =
      List.of("intermediate_size", "ffn_dim", "n_inner", "inner_hidden_size");

  /** Where a family that has plain MLPs as well says how wide its experts are. */
  private static final String EXPERT_WIDTH = "moe_intermediate_size";

  /** Whose config classes want heads to divide the width, whether or not head_dim is stated. */
  private static final Set<String> DIVIDED = Set.of("llama", "gemma2", "gemma3_text", "gpt_neox");

  private static final List<String> HEADS = List.of("num_attention_heads", "n_head");

  static StockConfig of(Decoder decoder) {
    ObjectNode stated = decoder.config().json().deepCopy();
    RemoteCode.forget(stated);
    StockConfig written = of(decoder, stated);
    if (RemoteCode.serves(decoder, written.json)) {
      RemoteCode.name(written.json);
    }
    return written;
  }

  private static StockConfig of(Decoder decoder, ObjectNode stated) {
    if (!stated.has(PrunedDecoder.KEY)) {
      return new StockConfig(stated, withoutClass(decoder));
    }
    BlockSizes blocks = BlockSizes.of(decoder);
    if (!blocks.isUniform()) {
      return new StockConfig(stated, blocks.differences());
    }
    Sizes sizes = Sizes.of(decoder, blocks);
    ObjectNode resized = resized(stated, sizes);
    String problem = difference(resized, decoder);
    if (problem.isEmpty()) {
      return new StockConfig(resized, withoutClass(decoder));
    }
    return asMistral(stated, sizes)
        .filter(mistral -> difference(mistral, decoder).isEmpty())
        .map(mistral -> new StockConfig(mistral, ""))
        .orElseGet(() -> new StockConfig(stated, problem));
  }

  private static String withoutClass(Decoder decoder) {
    return decoder.hasStockClass()
        ? ""
        : "it has no class for the model_type '"
            + decoder.family()
            + "'; the code that came with the base may, with trust_remote_code=True";
  }

  /**
   * The sizes that all blocks share.
   *
   * @param mlpWidth 0 where no block has a plain MLP
   * @param expertWidth 0 where no block has experts
   */
  private record Sizes(
      long width, long mlpWidth, long expertWidth, long queryHeads, long keyHeads, int headWidth) {
    static Sizes of(Decoder decoder, BlockSizes blocks) {
      List<Long> heads = blocks.heads().get(0);
      return new Sizes(
          blocks.width(),
          blocks.mlpWidths().stream().findFirst().orElse(0L),
          blocks.experts().stream().findFirst().map(of -> of.widths().iterator().next()).orElse(0L),
          heads.get(0),
          heads.get(1),
          decoder.headWidth());
    }
  }

  private static ObjectNode resized(ObjectNode stated, Sizes sizes) {
    ObjectNode json = stated.deepCopy();
    json.remove(PrunedDecoder.KEY);
    WIDTHS.stream().filter(json::has).forEach(key -> json.put(key, sizes.width()));
    boolean isApart = json.path("model_type").asText().equals("qwen3_moe");
    if (isApart && sizes.expertWidth() > 0) {
      json.put(EXPERT_WIDTH, sizes.expertWidth());
    }
    long mlp = sizes.mlpWidth() > 0 || isApart ? sizes.mlpWidth() : sizes.expertWidth();
    if (mlp > 0) {
      MLP_WIDTHS.stream().filter(json::has).forEach(key -> json.put(key, mlp));
    }
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
    return json;
  }

  /** Mistral without a window is LLaMA without biases, and free in its width of heads. */
  private static Optional<ObjectNode> asMistral(ObjectNode stated, Sizes sizes) {
    if (!stated.path("model_type").asText().equals("llama")) {
      return Optional.empty();
    }
    ObjectNode json = stated.deepCopy();
    json.put("model_type", "mistral");
    json.putArray("architectures").add("MistralForCausalLM");
    json.putNull("sliding_window");
    json.remove(List.of("attention_bias", "mlp_bias", "pretraining_tp"));
    json.put("head_dim", sizes.headWidth());
    return Optional.of(resized(json, sizes));
  }

  /** In what the config's class is not exactly this model; empty where it is. */
  private static String difference(ObjectNode json, Decoder decoder) {
    String type = "the class of '" + json.path("model_type").asText() + "' ";
    long width = json.path("hidden_size").asLong();
    long heads = json.path("num_attention_heads").asLong(1);
    if (DIVIDED.contains(json.path("model_type").asText()) && heads > 0 && width % heads != 0) {
      return type
          + "does not support width %d with %d heads: it is not a multiple of %d"
              .formatted(width, heads, heads);
    }
    if (json.path("model_type").asText().equals("olmoe") && width != heads * decoder.headWidth()) {
      return type
          + "has norms of %d channels, not over %d heads of %d"
              .formatted(width, heads, decoder.headWidth());
    }
    String longRope = longRopeDifference(json, width, heads);
    if (!longRope.isEmpty()) {
      return type + longRope;
    }
    Decoder stock;
    try {
      stock = Families.of(ModelConfig.of(Path.of("config.json"), json));
    } catch (InputException e) {
      return type + "has no such sizes: " + e.getMessage();
    }
    if (stock.headWidth() != decoder.headWidth()) {
      return type
          + ("would make heads of " + stock.headWidth())
          + (" channels of these sizes, not of " + decoder.headWidth());
    }
    Map<String, List<Long>> shapes = shapes(stock);
    for (ParameterShape parameter : decoder.parameters()) {
      List<Long> other = shapes.get(parameter.name());
      if (!parameter.shape().equals(other)) {
        return type
            + ("has no such sizes: '" + parameter.name() + "' is " + parameter.shape())
            + (", where it would be " + other);
      }
    }
    if (shapes.size() != decoder.parameters().size()
        || !stock.constants().keySet().equals(decoder.constants().keySet())) {
      return type + "has other parameters";
    }
    for (Map.Entry<String, double[]> constant : decoder.constants().entrySet()) {
      if (!Arrays.equals(constant.getValue(), stock.constants().get(constant.getKey()))) {
        return type + "would compute other " + constant.getKey() + " from these sizes";
      }
    }
    return "";
  }

  /** Phi3Config counts the channels that are rotated by width and heads, whatever head_dim says. */
  private static String longRopeDifference(JsonNode json, long width, long heads) {
    for (String key : List.of("rope_scaling", "rope_parameters")) {
      JsonNode options = json.path(key);
      String share = "partial_rotary_factor";
      double rotated = options.path(share).asDouble(json.path(share).asDouble(1));
      JsonNode factors = options.path("short_factor");
      long headWidth = width / Math.max(heads, 1);
      long pairs = (long) (headWidth * rotated) / 2;
      if (json.path("model_type").asText().equals("phi3")
          && factors.isArray()
          && factors.size() != pairs) {
        return "needs %d short_factors for a width of %d and %d heads, not %d"
            .formatted(pairs, width, heads, factors.size());
      }
    }
    return "";
  }

  private static Map<String, List<Long>> shapes(Decoder decoder) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    for (ParameterShape parameter : decoder.parameters()) {
      shapes.put(parameter.name(), parameter.shape());
    }
    return shapes;
  }
}
