package dev.secateur.model;

/** LLaMA 1, 2, 3 and 3.1 and what is stored as LLaMA, such as Vicuna (arXiv 2302.13971). */
final class Llama extends LlamaLike {
  private final boolean attentionBias = config.flag("attention_bias", false);
  private final boolean mlpBias = config.flag("mlp_bias", false);

  Llama(ModelConfig config) {
    super(config, 0, 0, 1e-6);
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
