package dev.secateur.model;

import com.fasterxml.jackson.databind.node.IntNode;
import dev.secateur.model.Rope.Positions;
import java.util.Optional;
import java.util.function.Function;

/**
 * Rotary positions as configs spell them: {@code rope_theta} and {@code rope_scaling} in older
 * configs, {@code rope_parameters} in newer ones. If a config has both, the older counts, as in
 * transformers.
 */
final class RopeOptions {
  private static final String OLD = "rope_scaling";
  private static final String NEW = "rope_parameters";
  private static final String SHARE = "partial_rotary_factor";
  private static final String TRAINED = "original_max_position_embeddings";

  private RopeOptions() {}

  /**
   * What the config of a family states that can leave channels of a head as they are.
   *
   * @param headWidth K
   * @param rotated the share of a head's channels that is rotated, where the config does not say
   */
  static Rope partial(ModelConfig config, int headWidth, double rotated) {
    return partial(config, headWidth, rotated, RopeScalings::type);
  }

  private static Rope partial(
      ModelConfig config, int headWidth, double rotated, Function<ModelConfig, String> type) {
    Optional<ModelConfig> options = flat(config);
    double share =
        options
            .flatMap(o -> o.positive(SHARE))
            .or(() -> config.positive(SHARE))
            .or(() -> config.positive("rotary_pct"))
            .orElse(rotated);
    double theta =
        options
            .flatMap(o -> o.positive("rope_theta"))
            .or(() -> config.positive("rope_theta"))
            .or(() -> config.positive("rotary_emb_base"))
            .orElse(10000.0);
    return rope(config, options, type, theta, width(config, headWidth, share));
  }

  /**
   * Phi 3's: partial, and either plain or longrope, which its configs call {@code su} and {@code
   * yarn} as well; the length of the training is the config's alone.
   */
  static Rope phi3(ModelConfig config, int headWidth) {
    int trained = config.optionalSize(TRAINED).orElse(4096);
    return partial(
        config.with(TRAINED, IntNode.valueOf(trained)),
        headWidth,
        1,
        options -> {
          String type = RopeScalings.type(options);
          return switch (type) {
            case "default" -> type;
            case "longrope", "su", "yarn" -> "longrope";
            default -> throw RopeScalings.unsupported(options, type, "default, longrope");
          };
        });
  }

  /**
   * What the config of a family states that rotates all channels of a head.
   *
   * @param theta where the config does not say
   */
  static Rope whole(ModelConfig config, int headWidth, double theta) {
    return whole(config, flat(config), headWidth, "rope_theta", theta);
  }

  private static Rope whole(
      ModelConfig config,
      Optional<ModelConfig> options,
      int headWidth,
      String thetaKey,
      double theta) {
    options.ifPresent(RopeOptions::refuseShare);
    refuseShare(config);
    double base =
        options
            .flatMap(o -> o.positive("rope_theta"))
            .or(() -> config.positive(thetaKey))
            .orElse(theta);
    return rope(config, options, RopeScalings::type, base, width(config, headWidth, 1));
  }

  /**
   * What the config of a family states that has options for each type of layer; those of old are
   * for layers that see everything.
   *
   * @param layerType as in {@code layer_types}
   * @param thetaKey where the config of old has the base
   * @param theta where the config does not say
   */
  static Rope ofLayers(
      ModelConfig config, String layerType, int headWidth, String thetaKey, double theta) {
    Optional<ModelConfig> ofType = config.object(NEW).flatMap(o -> nested(o, layerType));
    Optional<ModelConfig> old =
        config.object(OLD).filter(o -> !o.json().isEmpty() && layerType.equals(SlidingWindow.FULL));
    Optional<ModelConfig> options =
        old.map(own -> ofType.map(own::over).orElse(own)).or(() -> ofType);
    options.ifPresent(RopeOptions::refuseNested);
    return whole(config, options, headWidth, thetaKey, theta);
  }

  private static Optional<ModelConfig> nested(ModelConfig options, String layerType) {
    options
        .json()
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!key.equals(SlidingWindow.FULL) && !key.equals(SlidingWindow.SLIDING)) {
                throw options.error(
                    key,
                    "is not a type of layer; the rotary positions of "
                        + SlidingWindow.FULL
                        + " and "
                        + SlidingWindow.SLIDING
                        + " are stated apart");
              }
            });
    return options.object(layerType);
  }

  private static Rope rope(
      ModelConfig config,
      Optional<ModelConfig> options,
      Function<ModelConfig, String> type,
      double theta,
      int width) {
    return new Rope(
        theta,
        width,
        options
            .map(stated -> RopeScalings.of(config, stated, type.apply(stated), width))
            .orElseGet(Rope.Scaling.None::new),
        new Positions.Sequence());
  }

  private static Optional<ModelConfig> flat(ModelConfig config) {
    Optional<ModelConfig> old = config.object(OLD).filter(o -> !o.json().isEmpty());
    Optional<ModelConfig> options = old.or(() -> config.object(NEW));
    options.ifPresent(RopeOptions::refuseNested);
    return options;
  }

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

  private static void refuseShare(ModelConfig options) {
    double share = options.positive(SHARE).orElse(1.0);
    if (share != 1) {
      throw options.error(SHARE, "is " + share + "; this family rotates all channels of a head");
    }
  }

  private static int width(ModelConfig config, int headWidth, double share) {
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
    return width;
  }
}
