package dev.secateur.model;

import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Ops.Rope;
import dev.secateur.protocol.InputException;
import java.util.ArrayList;
import java.util.List;

/**
 * LLaMA 1 and 2 and what shares their forward pass (arXiv 2302.13971, grouped-query attention of
 * arXiv 2305.13245).
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H query heads, G key/value heads, K
 * head width, V vocabulary.
 */
public final class Llama implements Decoder {
  private final int width;
  private final int mlpWidth;
  private final int layers;
  private final int queryHeads;
  private final int keyHeads;
  private final int headWidth;
  private final int vocabulary;
  private final double eps;
  private final Rope rope;
  private final boolean attentionBias;
  private final boolean mlpBias;
  private final boolean tied;

  private Llama(ModelConfig config) {
    width = config.size("hidden_size");
    mlpWidth = config.size("intermediate_size");
    layers = config.size("num_hidden_layers");
    queryHeads = config.size("num_attention_heads");
    keyHeads = config.optionalSize("num_key_value_heads").orElse(queryHeads);
    headWidth = config.optionalSize("head_dim").orElse(width / queryHeads);
    vocabulary = config.size("vocab_size");
    eps = config.number("rms_norm_eps").orElse(1e-6);
    rope = new Rope(RopeOptions.theta(config), headWidth);
    attentionBias = config.flag("attention_bias");
    mlpBias = config.flag("mlp_bias");
    tied = config.flag("tie_word_embeddings");
  }

  /**
   * @throws InputException when a size is missing or impossible, or an option is not supported
   */
  static Llama of(ModelConfig config) {
    String activation = config.text("hidden_act").orElse("silu");
    if (!activation.equals("silu")) {
      throw config.error("hidden_act", "is '" + activation + "'; LLaMA is supported with 'silu'");
    }
    Llama llama = new Llama(config);
    if (llama.queryHeads % llama.keyHeads != 0) {
      throw config.error(
          "num_key_value_heads",
          "is " + llama.keyHeads + ", which does not divide " + llama.queryHeads + " query heads");
    }
    if (llama.headWidth % 2 != 0) {
      throw config.error(
          "head_dim", "is " + llama.headWidth + "; rotary positions need an even width");
    }
    return llama;
  }

  @Override
  public String family() {
    return "llama";
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
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.embedding(ids, "model.embed_tokens");
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T attended = ops.add(residual, attention(ops, residual, layer)); // (B, T, D)
    return ops.add(attended, mlp(ops, attended, layer)); // (B, T, D)
  }

  private <T> T attention(Ops<T> ops, T residual, int layer) {
    T x = ops.rmsNorm(residual, block(layer) + "input_layernorm", eps); // (B, T, D)
    T q = ops.rope(ops.heads(ops.linear(x, projection(layer, "q")), headWidth), rope); // (B,H,T,K)
    T k = ops.rope(ops.heads(ops.linear(x, projection(layer, "k")), headWidth), rope); // (B,G,T,K)
    T v = ops.heads(ops.linear(x, projection(layer, "v")), headWidth); // (B, G, T, K)
    T read = ops.attention(q, k, v, 1 / Math.sqrt(headWidth)); // (B, H, T, K)
    return ops.linear(ops.merge(read), projection(layer, "o")); // (B, T, H*K) -> (B, T, D)
  }

  private <T> T mlp(Ops<T> ops, T residual, int layer) {
    T x = ops.rmsNorm(residual, block(layer) + "post_attention_layernorm", eps); // (B, T, D)
    T gate = ops.silu(ops.linear(x, mlpLayer(layer, "gate"))); // (B, T, F)
    T up = ops.linear(x, mlpLayer(layer, "up")); // (B, T, F)
    return ops.linear(ops.mul(gate, up), mlpLayer(layer, "down")); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = ops.rmsNorm(residual, "model.norm", eps); // (B, T, D)
    return ops.linear(x, new Linear(tied ? "model.embed_tokens" : "lm_head", false)); // (B, T, V)
  }

  @Override
  public List<ParameterShape> parameters() {
    List<ParameterShape> all = new ArrayList<>();
    all.add(ParameterShape.of("model.embed_tokens.weight", vocabulary, width));
    for (int layer = 0; layer < layers; layer++) {
      int queries = queryHeads * headWidth;
      int keys = keyHeads * headWidth;
      all.add(ParameterShape.of(block(layer) + "input_layernorm.weight", width));
      affine(all, projection(layer, "q"), queries, width);
      affine(all, projection(layer, "k"), keys, width);
      affine(all, projection(layer, "v"), keys, width);
      affine(all, projection(layer, "o"), width, queries);
      all.add(ParameterShape.of(block(layer) + "post_attention_layernorm.weight", width));
      affine(all, mlpLayer(layer, "gate"), mlpWidth, width);
      affine(all, mlpLayer(layer, "up"), mlpWidth, width);
      affine(all, mlpLayer(layer, "down"), width, mlpWidth);
    }
    all.add(ParameterShape.of("model.norm.weight", width));
    if (!tied) {
      all.add(ParameterShape.of("lm_head.weight", vocabulary, width));
    }
    return List.copyOf(all);
  }

  private static void affine(List<ParameterShape> all, Linear layer, long out, long in) {
    all.add(ParameterShape.of(layer.weight(), out, in));
    if (layer.bias()) {
      all.add(ParameterShape.of(layer.biasName(), out));
    }
  }

  private Linear projection(int layer, String letter) {
    return new Linear(block(layer) + "self_attn." + letter + "_proj", attentionBias);
  }

  private Linear mlpLayer(int layer, String part) {
    return new Linear(block(layer) + "mlp." + part + "_proj", mlpBias);
  }

  private static String block(int layer) {
    return "model.layers." + layer + ".";
  }
}
