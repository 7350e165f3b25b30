package dev.secateur.model;

/** LLaMA 1, 2, 3 and 3.1 and what is stored as LLaMA, such as Vicuna (arXiv 2302.13971). */
class Llama extends LlamaLike {
  private final boolean attentionBias = config.flag("attention_bias", false);
  private final boolean mlpBias = config.flag("mlp_bias", false);

  Llama(ModelConfig config) {
    this(config, 0, 1e-6);
  }

  /** A family that differs, as {@link LlamaLike#LlamaLike}. */
  protected Llama(ModelConfig config, int keyHeads, double eps) {
    super(config, 0, keyHeads, eps);
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
  protected boolean mlpBias() {
    return mlpBias;
  }
}
