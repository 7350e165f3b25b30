package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import java.util.List;

/** Qwen 3 (arXiv 2505.09388): LLaMA with a norm on each head's queries and keys. */
class Qwen3 extends LlamaLike {
  private final int window = SlidingWindow.size(config, 4096);
  private final boolean attentionBias = config.flag("attention_bias", false);
  private final List<String> layerTypes;

  Qwen3(ModelConfig config) {
    this(config, 128, 32);
  }

  /**
   * @param headWidth K, where the config does not say; 0 for the width shared out among heads
   * @param keyHeads G, where the config does not say
   */
  protected Qwen3(ModelConfig config, int headWidth, int keyHeads) {
    super(config, headWidth, keyHeads, 1e-6);
    layerTypes = SlidingWindow.lateLayers(config, layers);
  }

  @Override
  protected boolean attentionBias() {
    return attentionBias;
  }

  @Override
  protected boolean outputBias() {
    return attentionBias();
  }

  @Override
  public List<String> layerTypes() {
    return layerTypes;
  }

  @Override
  protected Attention attention(int layer) {
    boolean slides = layerTypes.get(layer).equals(SlidingWindow.SLIDING);
    return super.attention(layer).windowed(slides ? window : 0);
  }

  @Override
  protected <T> T query(Ops<T> ops, T q, int layer) {
    return ops.rmsNorm(q, blockName(layer) + "self_attn.q_norm", eps, 0); // (B, H, T, K)
  }

  @Override
  protected <T> T key(Ops<T> ops, T k, int layer) {
    return ops.rmsNorm(k, blockName(layer) + "self_attn.k_norm", eps, 0); // (B, G, T, K)
  }

  @Override
  protected void attentionParameters(ParameterList all, int layer) {
    super.attentionParameters(all, layer);
    all.weight(blockName(layer) + "self_attn.q_norm", headWidth)
        .weight(blockName(layer) + "self_attn.k_norm", headWidth);
  }
}
