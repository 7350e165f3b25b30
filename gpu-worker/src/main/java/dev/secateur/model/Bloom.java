package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * BLOOM (arXiv 2211.05100): linear position biases whose slopes stay with their heads, queries,
 * keys and values fused head by head, layer norms with biases, one of them on the embedding.
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H heads, K head width, V vocabulary.
 */
final class Bloom implements Decoder {
  private static final String ROOT = "transformer.";

  private final ModelConfig config;
  private final int width;
  private final int layers;
  private final int heads;
  private final int headWidth;
  private final int vocabulary;
  private final double eps;
  private final boolean residualFromNorm;
  private final boolean tied;
  private final Map<String, double[]> slopes = new LinkedHashMap<>();

  Bloom(ModelConfig config) {
    this.config = config;
    width = config.size("hidden_size", "n_embed");
    layers = config.size("n_layer", "num_hidden_layers");
    heads = config.size("n_head", "num_attention_heads");
    headWidth = config.dividedBy(width, heads, "n_head");
    vocabulary = config.size("vocab_size");
    eps = config.number("layer_norm_epsilon").orElse(1e-5);
    residualFromNorm = config.flag("apply_residual_connection_post_layernorm", false);
    tied = config.flag("tie_word_embeddings", true);
    for (int layer = 0; layer < layers; layer++) {
      slopes.put(slopes(layer), config.constants(slopes(layer), Alibi.slopes(heads)));
    }
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int headWidth() {
    return headWidth;
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
    Attention attention = Attention.causal(1 / Math.sqrt(headWidth)).biased(slopes(layer));
    T read =
        FusedAttention.read(ops, x, fused(layer), dense(layer), headWidth, attention, head -> head);
    T attended = ops.add(residualFromNorm ? x : residual, read); // (B, T, D)
    T y = ops.layerNorm(attended, blockName(layer) + "post_attention_layernorm", eps);
    T inner = ops.activation(ops.linear(y, up(layer)), Activation.GELU_TANH); // (B, T, F)
    return ops.add(residualFromNorm ? y : attended, ops.linear(inner, down(layer))); // (B, T, D)
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
    for (int layer = 0; layer < layers; layer++) {
      all.layerNorm(blockName(layer) + "input_layernorm", width)
          .linear(fused(layer), 3L * width, width)
          .linear(dense(layer), width, width)
          .layerNorm(blockName(layer) + "post_attention_layernorm", width)
          .linear(up(layer), 4L * width, width)
          .linear(down(layer), width, 4L * width);
    }
    all.layerNorm(ROOT + "ln_f", width);
    if (!tied) {
      all.weight("lm_head", vocabulary, width);
    }
    return all.build();
  }

  @Override
  public String blockName(int layer) {
    return ROOT + "h." + layer + ".";
  }

  private String slopes(int layer) {
    return blockName(layer) + "self_attention.slopes";
  }

  private Linear fused(int layer) {
    return new Linear(blockName(layer) + "self_attention.query_key_value", true);
  }

  private Linear dense(int layer) {
    return new Linear(blockName(layer) + "self_attention.dense", true);
  }

  private Linear up(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_h_to_4h", true);
  }

  private Linear down(int layer) {
    return new Linear(blockName(layer) + "mlp.dense_4h_to_h", true);
  }
}
