package dev.secateur.model;

import dev.secateur.model.Rope.Positions;
import dev.secateur.model.Rope.Scaling;
import java.util.List;
import java.util.Optional;

/**
 * Rotary positions as configs spell them: {@code rope_theta} and {@code rope_scaling} of old,
 * {@code rope_parameters} of late.
 */
final class RopeOptions {
  private RopeOptions() {}

  /**
   * What the config asks for.
   *
   * @param headWidth K
   * @param rotated the share of a head's channels that is rotated, where the config does not say
   */
  static Rope of(ModelConfig config, int headWidth, double rotated) {
    Optional<ModelConfig> options = config.object("rope_parameters");
    double theta =
        options
            .flatMap(o -> o.positive("rope_theta"))
            .or(() -> config.positive("rope_theta"))
            .or(() -> config.positive("rotary_emb_base"))
            .orElse(10000.0);
    double share =
        options
            .flatMap(o -> o.positive("partial_rotary_factor"))
            .or(() -> config.positive("partial_rotary_factor"))
            .or(() -> config.positive("rotary_pct"))
            .orElse(rotated);
    int width = (int) (headWidth * share);
    if (width < 2 || width % 2 != 0 || width > headWidth) {
      throw config.error(
          "head_dim",
          "is "
              + headWidth
              + ", of which rotary positions would turn "
              + width
              + "; they need an even number");
    }
    return new Rope(theta, width, scaling(config), Positions.SEQUENCE);
  }

  private static Scaling scaling(ModelConfig config) {
    for (String key : List.of("rope_scaling", "rope_parameters")) {
      Optional<ModelConfig> options = config.object(key);
      if (options.isPresent()) {
        refuseNested(options.get());
        return scaling(config, key, options.get());
      }
    }
    return new Scaling.None();
  }

  /** Newer models have options of their own for each type of layer. */
  private static void refuseNested(ModelConfig options) {
    options
        .json()
        .properties()
        .forEach(
            option -> {
              if (option.getValue().isObject()) {
                throw options.error(
                    option.getKey(),
                    "is an object; one set of options for all layers is supported");
              }
            });
  }

  private static Scaling scaling(ModelConfig config, String key, ModelConfig options) {
    String type = options.text("rope_type").or(() -> options.text("type")).orElse("default");
    return switch (type) {
      case "default" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(factor(config, key, options));
      case "dynamic" ->
          new Scaling.Dynamic(
              factor(config, key, options),
              options
                  .optionalSize("original_max_position_embeddings")
                  .orElseGet(() -> config.size("max_position_embeddings")));
      case "llama3" ->
          new Scaling.Llama3(
              factor(config, key, options),
              options.positive("low_freq_factor").orElse(1.0),
              highAboveLow(options),
              options.size("original_max_position_embeddings"));
      default ->
          throw config.error(
              key,
              "asks for rotary positions of type '"
                  + type
                  + "'; supported: default, linear, dynamic, llama3");
    };
  }

  private static double highAboveLow(ModelConfig options) {
    double low = options.positive("low_freq_factor").orElse(1.0);
    double high = options.positive("high_freq_factor").orElse(4.0);
    if (high <= low) {
      throw options.error(
          "high_freq_factor", "is " + high + ", not above 'low_freq_factor', " + low);
    }
    return high;
  }

  private static double factor(ModelConfig config, String key, ModelConfig options) {
    return options
        .positive("factor")
        .orElseThrow(() -> config.error(key, "is of a scaled type but has no 'factor'"));
  }
}
