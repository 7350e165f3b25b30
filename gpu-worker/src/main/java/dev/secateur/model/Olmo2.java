package dev.secateur.model;

/**
 * OLMo 2 (arXiv 2501.00656): LLaMA whose norms stand behind attention and MLP and not before them,
 * with norms over the queries and the keys of all heads together. Of a pruned model these are taken
 * over the heads that are left, as those of the residual stream are over its channels.
 */
final class Olmo2 extends LlamaLike {
  private final boolean attentionBias = config.flag("attention_bias", false);

  Olmo2(ModelConfig config) {
    super(config, 0, 0, 1e-5);
  }

  @Override
  protected boolean attentionBias() {
    return attentionBias;
  }

  @Override
  protected boolean outputBias() {
    return attentionBias;
  }

  @Override
  protected <T> T attention(Ops<T> ops, T x, int layer) {
    String block = blockName(layer);
    T q = norm(ops, ops.linear(x, projection(layer, "q")), block + "self_attn.q_norm"); // (B,T,H*K)
    T k = norm(ops, ops.linear(x, projection(layer, "k")), block + "self_attn.k_norm"); // (B,T,G*K)
    T v = ops.heads(ops.linear(x, projection(layer, "v")), headWidth); // (B, G, T, K)
    return attended(ops, ops.heads(q, headWidth), ops.heads(k, headWidth), v, layer);
  }

  @Override
  public <T> T block(Ops<T> ops, T residual, int layer) {
    String block = blockName(layer);
    T read = norm(ops, attention(ops, residual, layer), block + "post_attention_layernorm");
    T attended = ops.add(residual, read); // (B, T, D)
    T written = norm(ops, mlp(ops, attended, layer), block + "post_feedforward_layernorm");
    return ops.add(attended, written); // (B, T, D)
  }

  @Override
  protected void blockParameters(ParameterList all, int layer) {
    attentionParameters(all, layer);
    all.weight(blockName(layer) + "post_attention_layernorm", width);
    mlpParameters(all, layer);
    all.weight(blockName(layer) + "post_feedforward_layernorm", width);
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    super.attentionParameters(all, layer);
    all.weight(blockName(layer) + "self_attn.q_norm", (long) queryHeads * headWidth)
        .weight(blockName(layer) + "self_attn.k_norm", (long) keyHeads * headWidth);
  }
}
