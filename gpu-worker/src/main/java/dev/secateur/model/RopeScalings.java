package dev.secateur.model;

import dev.secateur.model.Rope.Scaling;
import java.util.List;
import java.util.Set;

/** How rotary positions are stretched for longer texts, as configs spell it. */
final class RopeScalings {
  private static final String TRAINED = "original_max_position_embeddings";

  /** What rotary positions are described with; {@code finetuned} is of no effect. */
  private static final Set<String> KNOWN =
      Set.of(
          "rope_type",
          "type",
          "rope_theta",
          "partial_rotary_factor",
          "factor",
          TRAINED,
          "low_freq_factor",
          "high_freq_factor",
          "attention_factor",
          "beta_fast",
          "beta_slow",
          "mscale",
          "mscale_all_dim",
          "truncate",
          "short_factor",
          "long_factor",
          "finetuned");

  private RopeScalings() {}

  /** The type that the options name. */
  static String type(ModelConfig options) {
    return options.text("rope_type").or(() -> options.text("type")).orElse("default");
  }

  /**
   * @param options an object of the config
   * @param type what the options ask for
   * @param width the channels of a head that are rotated
   */
  static Scaling of(ModelConfig config, ModelConfig options, String type, int width) {
    refuseUnknown(options);
    return switch (type) {
      case "default" -> new Scaling.None();
      case "linear" -> new Scaling.Linear(factor(options));
      case "dynamic" -> dynamic(config, options);
      case "llama3" ->
          new Scaling.Llama3(
              factor(options),
              options.positive("low_freq_factor").orElse(1.0),
              highAboveLow(options),
              trained(config, options));
      case "yarn" -> yarn(config, options);
      case "longrope" -> longRope(config, options, width);
      default ->
          throw unsupported(options, type, "default, linear, dynamic, llama3, yarn, longrope");
    };
  }

  /** The error of a type that is not there. */
  static RuntimeException unsupported(ModelConfig options, String type, String supported) {
    return options.error(
        options.json().has("rope_type") ? "rope_type" : "type",
        "requests rotary positions of type '" + type + "'; supported: " + supported);
  }

  private static void refuseUnknown(ModelConfig options) {
    options
        .json()
        .properties()
        .forEach(
            option -> {
              if (!KNOWN.contains(option.getKey()) && !option.getValue().isNull()) {
                throw options.error(
                    option.getKey(),
                    "is " + option.getValue() + ", an option of rotary positions that is unknown");
              }
            });
  }

  private static Scaling dynamic(ModelConfig config, ModelConfig options) {
    int trained = config.size("max_position_embeddings");
    options
        .optionalSize(TRAINED)
        .filter(stated -> stated != trained)
        .ifPresent(
            stated -> {
              throw options.error(
                  TRAINED,
                  "is "
                      + stated
                      + "; dynamic rotary positions use 'max_position_embeddings', "
                      + trained);
            });
    return new Scaling.Dynamic(factor(options), trained);
  }

  private static Scaling yarn(ModelConfig config, ModelConfig options) {
    int trained = trained(config, options);
    double factor = factorOrRatio(config, options, trained);
    double fast = options.positive("beta_fast").orElse(32.0);
    double slow = options.positive("beta_slow").orElse(1.0);
    double own = options.number("mscale").orElse(0.0);
    double all = options.number("mscale_all_dim").orElse(0.0);
    double inferred =
        own != 0 && all != 0
            ? magnitude(factor, own) / magnitude(factor, all)
            : magnitude(factor, 1);
    return new Scaling.Yarn(
        factor,
        fast,
        slow,
        options.flag("truncate", true),
        trained,
        options.positive("attention_factor").orElse(inferred));
  }

  private static double magnitude(double factor, double weight) {
    return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
  }

  private static Scaling longRope(ModelConfig config, ModelConfig options, int width) {
    int trained = trained(config, options);
    double factor =
        options
            .positive("factor")
            .orElseGet(() -> (double) config.size("max_position_embeddings") / trained);
    double inferred = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(trained));
    return new Scaling.LongRope(
        factors(options, "short_factor", width / 2),
        factors(options, "long_factor", width / 2),
        trained,
        options.positive("attention_factor").orElse(inferred));
  }

  private static List<Double> factors(ModelConfig options, String key, int count) {
    List<Double> factors =
        options
            .positives(key)
            .orElseThrow(() -> options.error(key, "is missing; longrope requires it"));
    if (factors.size() != count) {
      throw options.error(
          key,
          "has "
              + factors.size()
              + " factors for "
              + count
              + " pairs of channels that rotary positions turn");
    }
    return factors;
  }

  /** The length of the training: as transformers, that of the config before that of the options. */
  private static int trained(ModelConfig config, ModelConfig options) {
    return config
        .optionalSize(TRAINED)
        .or(() -> options.optionalSize(TRAINED))
        .orElseGet(() -> config.size("max_position_embeddings"));
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

  /** Where a config says null, how much longer texts are than those of the training. */
  private static double factorOrRatio(ModelConfig config, ModelConfig options, int trained) {
    return options.json().path("factor").isNull()
        ? (double) config.size("max_position_embeddings") / trained
        : factor(options);
  }

  private static double factor(ModelConfig options) {
    return options
        .positive("factor")
        .orElseThrow(
            () -> options.error("factor", "is missing, by which the positions are stretched"));
  }
}
