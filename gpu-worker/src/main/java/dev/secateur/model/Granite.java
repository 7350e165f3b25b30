package dev.secateur.model;

import dev.secateur.model.Ops.Attention;

/**
 * Granite 3: LLaMA with four numbers of its config, by which the embedding, the scores of attention
 * and what each part adds to the residual stream are multiplied, and the logits divided.
 */
final class Granite extends Llama {
  private final double embedding = config.positive("embedding_multiplier").orElse(1.0);
  private final double attention = config.positive("attention_multiplier").orElse(1.0);
  private final double residual = config.positive("residual_multiplier").orElse(1.0);
  private final double logits = config.positive("logits_scaling").orElse(1.0);

  Granite(ModelConfig config) {
    super(config, 0, 1e-6);
  }

  @Override
  protected Attention attention(int layer) {
    return Attention.causal(attention);
  }

  @Override
  public <T> T embed(Ops<T> ops, T ids) {
    return ops.scale(super.embed(ops, ids), embedding); // (B, T, D)
  }

  @Override
  protected <T> T attention(Ops<T> ops, T x, int layer) {
    return ops.scale(super.attention(ops, x, layer), residual); // (B, T, D)
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    return ops.scale(super.mlp(ops, x, layer), residual); // (B, T, D)
  }

  @Override
  public <T> T head(Ops<T> ops, T residual) {
    return ops.scale(super.head(ops, residual), 1 / logits); // (B, T, V)
  }
}
