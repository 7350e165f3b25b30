package dev.secateur.model;

/** LLaMA 1, 2, 3 and 3.1 and what is stored as LLaMA, such as Vicuna (arXiv 2302.13971). */
final class Llama extends LlamaLike {
  Llama(ModelConfig config) {
    super(config, 0, 0, 1e-6);
  }

  @Override
  protected boolean attentionBias() {
    return config.flag("attention_bias", false);
  }

  @Override
  protected boolean outputBias() {
    return config.flag("attention_bias", false);
  }

  @Override
  protected boolean mlpBias() {
    return config.flag("mlp_bias", false);
  }
}
