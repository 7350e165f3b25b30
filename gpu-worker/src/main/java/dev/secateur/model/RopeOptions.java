package dev.secateur.model;

import java.util.List;
import java.util.Optional;

/**
 * Rotary positions as configs spell them: {@code rope_theta} of old, {@code rope_parameters} of
 * late.
 */
final class RopeOptions {
  private RopeOptions() {}

  /** The base of the wave lengths; a scaled kind of rotary positions is refused by name. */
  static double theta(ModelConfig config) {
    for (String key : List.of("rope_scaling", "rope_parameters")) {
      Optional<ModelConfig> options = config.object(key);
      String type =
          options.flatMap(o -> o.text("rope_type").or(() -> o.text("type"))).orElse("default");
      if (!type.equals("default")) {
        throw config.error(
            key, "asks for rotary positions of type '" + type + "'; supported: default");
      }
    }
    return config
        .object("rope_parameters")
        .flatMap(o -> o.number("rope_theta"))
        .or(() -> config.number("rope_theta"))
        .orElse(10000.0);
  }
}
