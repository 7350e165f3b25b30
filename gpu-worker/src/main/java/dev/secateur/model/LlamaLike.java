package dev.secateur.model;

import dev.secateur.model.Ops.Activation;
import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import dev.secateur.protocol.InputException;
import java.util.List;

/**
 * The common part of LLaMA and similar families (arXiv 2302.13971, grouped-query attention of arXiv
 * 2305.13245): an attention and a gated MLP, each behind a root mean square norm and added to the
 * residual stream. A family overrides what differs.
 *
 * <p>B batch, T tokens, D residual width, F width of the MLP, H query heads, G key/value heads, K
 * head width, V vocabulary.
 */
abstract class LlamaLike extends ConfiguredDecoder {
  protected final int mlpWidth;
  protected final int queryHeads;
  protected final int keyHeads;
  protected final double eps;
  protected final Rope rope;
  protected final Activation activation;
  private final boolean tied;

  /**
   * @param headWidth K, where the config does not say
   * @param keyHeads G, where the config does not say; 0 for as many as query heads
   * @param eps of the norms, where the config does not say
   * @throws InputException when a size is missing or impossible, or an option is not supported
   */
  protected LlamaLike(ModelConfig config, int headWidth, int keyHeads, double eps) {
    super(
        config,
        config.size("hidden_size"),
        config.size("num_hidden_layers"),
        config
            .optionalSize("head_dim")
            .orElseGet(
                () ->
                    headWidth == 0
                        ? config.size("hidden_size") / config.size("num_attention_heads")
                        : headWidth));
    this.mlpWidth = config.size("intermediate_size");
    this.queryHeads = config.size("num_attention_heads");
    this.keyHeads = config.optionalSize("num_key_value_heads").orElse(noKeyHeads(config, keyHeads));
    this.eps = config.positive("rms_norm_eps").orElse(eps);
    this.activation = activation(config);
    this.rope = rope(config);
    this.tied = config.flag("tie_word_embeddings", tiedByDefault());
    if (queryHeads % this.keyHeads != 0) {
      throw config.error(
          "num_key_value_heads",
          "is " + this.keyHeads + ", which does not divide " + queryHeads + " query heads");
    }
  }

  /** G where the config has no number: as many as query heads where it says null. */
  private int noKeyHeads(ModelConfig config, int otherwise) {
    return otherwise == 0 || config.json().has("num_key_value_heads") ? queryHeads : otherwise;
  }

  /** The rotary positions, as the config states them. */
  protected Rope rope(ModelConfig config) {
    return RopeOptions.whole(config, headWidth, 10000);
  }

  /** The MLP's activation, as the config names it. */
  protected Activation activation(ModelConfig config) {
    return ActivationFunctions.of(config, "hidden_act", "silu");
  }

  protected boolean tiedByDefault() {
    return false;
  }

  protected boolean attentionBias() {
    return false;
  }

  protected boolean outputBias() {
    return false;
  }

  protected boolean mlpBias() {
    return false;
  }

  /** What attention does in a block. */
  protected Attention attention(int layer) {
    return Attention.causal(1 / Math.sqrt(headWidth));
  }

  /** What happens to queries before they are rotated: (B, H, T, K). */
  protected <T> T query(Ops<T> ops, T q, int layer) {
    return q;
  }

  /** What happens to keys before they are rotated: (B, G, T, K). */
  protected <T> T key(Ops<T> ops, T k, int layer) {
    return k;
  }

  /** Queries or keys of a block with their positions: (B, H, T, K). */
  protected <T> T positioned(Ops<T> ops, T x, int layer) {
    return ops.rope(x, rope);
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.embedding(ids, "model.embed_tokens");
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    T x = norm(ops, residual, blockName(layer) + "input_layernorm"); // (B, T, D)
    T attended = ops.add(residual, attention(ops, x, layer)); // (B, T, D)
    T y = norm(ops, attended, blockName(layer) + "post_attention_layernorm"); // (B, T, D)
    return ops.add(attended, mlp(ops, y, layer)); // (B, T, D)
  }

  /** The norm of this family: (B, T, D) -> (B, T, D). */
  protected <T> T norm(Ops<T> ops, T x, String name) {
    return ops.rmsNorm(x, name, eps, 0);
  }

  protected <T> T attention(Ops<T> ops, T x, int layer) {
    T q =
        query(ops, ops.heads(ops.linear(x, projection(layer, "q")), headWidth), layer); // (B,H,T,K)
    T k = key(ops, ops.heads(ops.linear(x, projection(layer, "k")), headWidth), layer); // (B,G,T,K)
    T v = ops.heads(ops.linear(x, projection(layer, "v")), headWidth); // (B, G, T, K)
    return attended(ops, q, k, v, layer);
  }

  /** What attention reads by queries, keys and values, written to (B, T, D). */
  protected final <T> T attended(Ops<T> ops, T q, T k, T v, int layer) {
    T turned = positioned(ops, q, layer); // (B, H, T, K)
    T read = ops.attention(turned, positioned(ops, k, layer), v, attention(layer)); // (B, H, T, K)
    return ops.linear(ops.merge(read), output(layer)); // (B, T, H*K) -> (B, T, D)
  }

  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    T gate = ops.activation(ops.linear(x, mlpLayer(layer, "gate")), activation); // (B, T, F)
    T up = ops.linear(x, mlpLayer(layer, "up")); // (B, T, F)
    return ops.linear(ops.mul(gate, up), mlpLayer(layer, "down")); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    T x = norm(ops, residual, "model.norm"); // (B, T, D)
    return ops.linear(x, new Linear(tied ? "model.embed_tokens" : "lm_head", false)); // (B, T, V)
  }

  @Override
  public List<ParameterShape> parameters() {
    ParameterList all = new ParameterList();
    all.weight("model.embed_tokens", vocabulary, width);
    for (int layer = 0; layer < layers; layer++) {
      blockParameters(all, layer);
    }
    all.weight("model.norm", width);
    return all.untied(tied, "lm_head", vocabulary, width).build();
  }

  protected void blockParameters(ParameterList all, int layer) {
    all.weight(blockName(layer) + "input_layernorm", width);
    attentionParameters(all, layer);
    all.weight(blockName(layer) + "post_attention_layernorm", width);
    mlpParameters(all, layer);
  }

  protected void attentionParameters(ParameterList all, int layer) {
    long queries = (long) queryHeads * headWidth;
    long keys = (long) keyHeads * headWidth;
    all.linear(projection(layer, "q"), queries, width)
        .linear(projection(layer, "k"), keys, width)
        .linear(projection(layer, "v"), keys, width)
        .linear(output(layer), width, queries);
  }

  protected void mlpParameters(ParameterList all, int layer) {
    all.linear(mlpLayer(layer, "gate"), mlpWidth, width)
        .linear(mlpLayer(layer, "up"), mlpWidth, width)
        .linear(mlpLayer(layer, "down"), width, mlpWidth);
  }

  protected Linear projection(int layer, String letter) {
    return new Linear(blockName(layer) + "self_attn." + letter + "_proj", attentionBias());
  }

  protected Linear output(int layer) {
    return new Linear(blockName(layer) + "self_attn.o_proj", outputBias());
  }

  protected Linear mlpLayer(int layer, String part) {
    return new Linear(blockName(layer) + "mlp." + part + "_proj", mlpBias());
  }

  @Override
  public int sameUpTo() {
    return rope.sameUpTo();
  }

  @Override
  public String blockName(int layer) {
    return "model.layers." + layer + ".";
  }
}
