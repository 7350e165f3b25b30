package dev.secateur.coordinator.config;

import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.SweepConfig.Layers;

/**
 * The blocks of a model that the block strategy may prune.
 *
 * @param first the first
 * @param end the one after the last
 */
public record LayerRange(int first, int end) {
  /**
   * What a configuration asks for; by default all but the first eighth and the last sixteenth, at
   * least one each.
   */
  public static LayerRange of(Layers layers, ModelRef model) {
    return new LayerRange(
        layers.first().orElse(Math.max(1, model.layers() / 8)),
        layers.end().orElse(model.layers() - Math.max(1, model.layers() / 16)));
  }

  /** Whether there is a block in the range and all of it lies in the model. */
  boolean fits(ModelRef model) {
    return first >= 0 && first < end && end <= model.layers();
  }
}
