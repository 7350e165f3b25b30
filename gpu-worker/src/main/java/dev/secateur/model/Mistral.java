package dev.secateur.model;

import dev.secateur.model.Ops.Attention;

/** Mistral (arXiv 2310.06825): LLaMA with attention over a sliding window. */
final class Mistral extends LlamaLike {
  private final int window = SlidingWindow.size(config, 4096);

  Mistral(ModelConfig config) {
    super(config, 0, 8, 1e-6);
  }

  @Override
  protected Attention attention(int layer) {
    return super.attention(layer).windowed(window);
  }
}
