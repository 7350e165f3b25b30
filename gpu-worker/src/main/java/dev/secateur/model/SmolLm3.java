package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import java.util.List;
import java.util.Map;

/**
 * SmolLM 3: LLaMA of which every fourth block, or those that the config lists, has no rotary
 * positions; where the config switches a sliding window on, these blocks have it.
 */
final class SmolLm3 extends Llama {
  private static final String ROTATED = "no_rope_layers"; // 1 where a block has them

  private final int window = SlidingWindow.size(config, 0);
  private final List<Integer> rotated;
  private final List<String> layerTypes;

  SmolLm3(ModelConfig config) {
    super(config, 4, 1e-6);
    int interval = config.optionalSize("no_rope_layer_interval").orElse(4);
    rotated = config.switches(ROTATED, layers, layer -> (layer + 1) % interval != 0);
    boolean slides = config.flag("use_sliding_window", false) && window > 0;
    layerTypes =
        SlidingWindow.layerTypes(config, layers, layer -> slides && rotated.get(layer) == 0);
    if (window == 0 && layerTypes.contains(SlidingWindow.SLIDING)) {
      throw config.error("layer_types", "has sliding attention, but there is no 'sliding_window'");
    }
  }

  @Override
  protected boolean tiedByDefault() {
    return true;
  }

  @Override
  protected Rope rope(ModelConfig config) {
    return RopeOptions.whole(config, headWidth, 2_000_000);
  }

  @Override
  public List<String> layerTypes() {
    return layerTypes;
  }

  @Override
  public Map<String, List<?>> layerOptions() {
    return Map.of("layer_types", layerTypes, ROTATED, rotated);
  }

  @Override
  protected Attention attention(int layer) {
    boolean slides = layerTypes.get(layer).equals(SlidingWindow.SLIDING);
    return super.attention(layer).windowed(slides ? window : 0);
  }

  @Override
  protected <T> T positioned(Ops<T> ops, T x, int layer) {
    return rotated.get(layer) == 0 ? x : super.positioned(ops, x, layer);
  }
}
