package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * BLOOM (arXiv 2211.05100): linear position biases whose slopes stay with their heads, a norm on
 * the embedding.
 */
final class Bloom extends FusedDecoder {
  private static final String ROOT = "transformer.";

  private final double eps;
  private final boolean residualFromNorm;
  private final boolean tied;
  private final Map<String, double[]> slopes = new LinkedHashMap<>();

  Bloom(ModelConfig config) {
    super(
        config,
        width(config),
        config.size("n_layer", "num_hidden_layers"),
        config.dividedBy(width(config), heads(config), "n_head"),
        "self_attention",
        true,
        4 * width(config));
    eps = config.positive("layer_norm_epsilon").orElse(1e-5);
    residualFromNorm = config.flag("apply_residual_connection_post_layernorm", false);
    tied = config.flag("tie_word_embeddings", true);
    for (int layer = 0; layer < layers; layer++) {
      slopes.put(slopes(layer), config.constants(slopes(layer), Alibi.slopes(heads(config))));
    }
  }

  private static int width(ModelConfig config) {
    return config.size("hidden_size", "n_embed");
  }

  private static int heads(ModelConfig config) {
    return config.size("n_head", "num_attention_heads");
  }

  @Override
  public Map<String, double[]> constants() {
    return slopes;
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    T words = ops.embedding(ids, ROOT + "word_embeddings"); // (B, T, D)
    return ops.layerNorm(words, ROOT + "word_embeddings_layernorm", eps);
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = ops.layerNorm(residual, blockName(layer) + "input_layernorm", eps); // (B, T, D)
    Attention biased = Attention.causal(1 / Math.sqrt(headWidth)).biased(slopes(layer));
    T read = attention(ops, x, layer, biased, head -> head); // (B, T, D)
    T attended = ops.add(residualFromNorm ? x : residual, read); // (B, T, D)
    T y = ops.layerNorm(attended, blockName(layer) + "post_attention_layernorm", eps);
    T written = mlp(ops, y, layer, Activation.GELU_TANH); // (B, T, D)
    return ops.add(residualFromNorm ? y : attended, written); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.layerNorm(residual, ROOT + "ln_f", eps); // (B, T, D)
    return ops.linear(x, new Linear(tied ? ROOT + "word_embeddings" : "lm_head", false));
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight(ROOT + "word_embeddings", vocabulary, width)
        .layerNorm(ROOT + "word_embeddings_layernorm", width);
    blockParameters(all);
    all.layerNorm(ROOT + "ln_f", width);
    return all.untied(tied, "lm_head", vocabulary, width).build();
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "h." + layer + ".";
  }

  private String slopes(int layer) {
    return blockName(layer) + "self_attention.slopes";
  }
}
