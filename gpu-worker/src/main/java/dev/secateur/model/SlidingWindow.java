package dev.secateur.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/** Attention over a sliding window, in some blocks or all, as configs spell it. */
final class SlidingWindow {
  static final String SLIDING = "sliding_attention";
  static final String FULL = "full_attention";

  private SlidingWindow() {}

  /**
   * The window in tokens; 0 where the config switches it off.
   *
   * @param otherwise where the config does not speak of it
   */
  static int size(ModelConfig config, int otherwise) {
    JsonNode stated = config.json().get("sliding_window");
    if (stated == null) {
      return otherwise;
    }
    return stated.isNull() ? 0 : config.size("sliding_window");
  }

  /** Qwen's way: none slides but where the config switches it on, and then the later blocks do. */
  static List<String> lateLayers(ModelConfig config, int layers) {
    boolean slides = config.flag("use_sliding_window", false);
    long from = config.whole("max_window_layers").orElse(28L);
    return layerTypes(config, layers, layer -> slides && layer >= from);
  }

  /**
   * What each block sees.
   *
   * @param sliding which blocks slide where the config does not list them
   */
  static List<String> layerTypes(ModelConfig config, int layers, IntPredicate sliding) {
    List<String> types = new ArrayList<>();
    Optional<List<String>> stated = config.texts("layer_types");
    if (stated.isPresent() && stated.get().size() != layers) {
      throw config.error(
          "layer_types", "has " + stated.get().size() + " entries for " + layers + " layers");
    }
    for (int layer = 0; layer < layers; layer++) {
      String type =
          stated.isPresent() ? stated.get().get(layer) : sliding.test(layer) ? SLIDING : FULL;
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw config.error(
            "layer_types", "has '" + type + "'; supported: " + FULL + ", " + SLIDING);
      }
      types.add(type);
    }
    return List.copyOf(types);
  }
}
