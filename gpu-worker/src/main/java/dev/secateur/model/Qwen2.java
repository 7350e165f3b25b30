package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import java.util.List;

/** Qwen 2 and 2.5 (arXiv 2407.10671): LLaMA with biases on queries, keys and values. */
final class Qwen2 extends LlamaLike {
  private final int window = SlidingWindow.size(config, 4096);
  private final List<String> layerTypes;

  Qwen2(ModelConfig config) {
    super(config, 0, 32, 1e-6);
    layerTypes = SlidingWindow.lateLayers(config, layers);
  }

  @Override
  protected boolean attentionBias() {
    return true;
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
}
