package dev.secateur.model;

/**
 * Gemma 3's text model (arXiv 2503.19786): Gemma 2 with norms on each head's queries and keys,
 * other rotary positions in the blocks with a sliding window than in the others, of which every
 * sixth is one, and no caps where the config does not ask for them.
 */
final class Gemma3 extends Gemma2 {
  /** Of the blocks with a sliding window. */
  private final Rope local;

  Gemma3(ModelConfig config) {
    super(ClassSizes.completed(config, "gemma3_text"), fullEvery(config), 0, 0);
    local =
        RopeOptions.ofLayers(
            this.config, SlidingWindow.SLIDING, headWidth, "rope_local_base_freq", 10_000);
    if (rope.sameUpTo() != local.sameUpTo()
        && Math.max(rope.sameUpTo(), local.sameUpTo()) < Integer.MAX_VALUE) {
      throw config.error(
          "rope_parameters",
          "has longrope for texts longer than "
              + rope.sameUpTo()
              + " tokens in some layers and than "
              + local.sameUpTo()
              + " in others; one length is supported");
    }
    if (config.flag("use_bidirectional_attention", false)) {
      throw config.error(
          "use_bidirectional_attention", "is true; attention to later tokens is not supported");
    }
    config
        .number("attn_logit_softcapping")
        .ifPresent(
            cap -> {
              throw config.error(
                  "attn_logit_softcapping", "is " + cap + "; the family's attention has no cap");
            });
  }

  private static int fullEvery(ModelConfig config) {
    return config.optionalSize("sliding_window_pattern").orElse(6);
  }

  @Override
  protected Rope rope(ModelConfig config) {
    return RopeOptions.ofLayers(config, SlidingWindow.FULL, headWidth, "rope_theta", 1_000_000);
  }

  @Override
  protected <T> T positioned(Ops<T> ops, T x, int layer) {
    return slides(layer) ? ops.rope(x, local) : super.positioned(ops, x, layer);
  }

  @Override
  public int sameUpTo() {
    return Math.min(local.sameUpTo(), super.sameUpTo());
  }

  @Override
  protected <T> T query(Ops<T> ops, T q, int layer) {
    return norm(ops, q, blockName(layer) + "self_attn.q_norm"); // (B, H, T, K)
  }

  @Override
  protected <T> T key(Ops<T> ops, T k, int layer) {
    return norm(ops, k, blockName(layer) + "self_attn.k_norm"); // (B, G, T, K)
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    super.attentionParameters(all, layer);
    all.weight(blockName(layer) + "self_attn.q_norm", headWidth)
        .weight(blockName(layer) + "self_attn.k_norm", headWidth);
  }
}
