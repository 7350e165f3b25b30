package dev.secateur.model;

/** A decoder with what every family reads from its config. */
abstract class ConfiguredDecoder implements Decoder {
  protected final ModelConfig config;

  /** D. */
  protected final int width;

  protected final int layers;

  /** K. */
  protected final int headWidth;

  /** V. */
  protected final int vocabulary;

  protected ConfiguredDecoder(ModelConfig config, int width, int layers, int headWidth) {
    this.config = config;
    this.width = width;
    this.layers = layers;
    this.headWidth = headWidth;
    this.vocabulary = config.size("vocab_size");
  }

  @Override
  public ModelConfig config() {
    return config;
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int headWidth() {
    return headWidth;
  }
}
