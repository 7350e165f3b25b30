package dev.secateur.model;

import dev.secateur.protocol.InputException;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The model families that Secateur knows, by the {@code model_type} of their config. */
public final class Families {
  private static final Map<String, Function<ModelConfig, Decoder>> BY_TYPE =
      new TreeMap<>(Map.of("llama", Llama::of));

  private Families() {}

  /**
   * The decoder that a config describes.
   *
   * @throws InputException when the family or one of its options is not supported, before any
   *     weight is read
   */
  public static Decoder of(ModelConfig config) {
    String type =
        config
            .text("model_type")
            .orElseThrow(() -> config.error("model_type", "is missing; known are " + known()));
    Function<ModelConfig, Decoder> family = BY_TYPE.get(type);
    if (family == null) {
      throw config.error(
          "model_type", "is '" + type + "', an unknown family; known are " + known());
    }
    return PrunedDecoder.ifPruned(family.apply(config), config);
  }

  private static String known() {
    return String.join(", ", BY_TYPE.keySet());
  }
}
