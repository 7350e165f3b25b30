package dev.secateur.model;

import java.util.List;
import java.util.Optional;

/**
 * OLMoE (arXiv 2409.02060): LLaMA whose MLPs are experts, with norms over the queries and the keys
 * of all heads together, taken over the heads that are left where some were pruned.
 */
final class Olmoe extends LlamaLike {
  private final boolean attentionBias = config.flag("attention_bias", false);

  /** What projections are clipped to; infinite where they are not. */
  private final double clip = config.positive("clip_qkv").orElse(Double.POSITIVE_INFINITY);

  private final GatedExperts experts;

  Olmoe(ModelConfig config) {
    super(config, 0, 0, 1e-5);
    ExpertCounts counts =
        ExpertCounts.of(
            config,
            List.of("num_experts", "num_local_experts"),
            64,
            "num_experts_per_tok",
            8,
            layers,
            layer -> true);
    experts =
        new GatedExperts(
            counts,
            "mlp",
            "gate_proj",
            "up_proj",
            "down_proj",
            mlpWidth,
            config.flag("norm_topk_prob", false),
            activation);
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
    T v = ops.linear(x, projection(layer, "v")); // (B, T, G*K)
    return attended(ops, heads(ops, q), heads(ops, k), heads(ops, v), layer);
  }

  private <T> T heads(Ops<T> ops, T x) {
    T within = Double.isFinite(clip) ? ops.clamp(x, -clip, clip) : x;
    return ops.heads(within, headWidth);
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    super.attentionParameters(all, layer);
    all.weight(blockName(layer) + "self_attn.q_norm", (long) queryHeads * headWidth)
        .weight(blockName(layer) + "self_attn.k_norm", (long) keyHeads * headWidth);
  }

  @Override
  protected <T> T mlp(Ops<T> ops, T x, int layer) {
    return experts.of(ops, x, blockName(layer), layer);
  }

  @Override
  protected void mlpParameters(ParameterList all, int layer) {
    experts.parameters(all, blockName(layer), layer, width);
  }

  @Override
  public Optional<ExpertCounts> experts() {
    return Optional.of(experts.counts());
  }
}
