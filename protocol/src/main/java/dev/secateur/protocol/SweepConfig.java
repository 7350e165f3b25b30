package dev.secateur.protocol;

import dev.secateur.protocol.StageSpec.StageKind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A grid of trials as its author wrote it, checked.
 *
 * @param models checkpoint folders, or {@code demo}
 * @param compute what estimation and evaluation compute in
 * @param evaluation of no model yet
 * @param recipes files of recipes from elsewhere, each a trial of every model that it fits
 * @param memory bytes that a worker must have for a stage, of kinds that say so
 * @param attempts how often a stage is tried before the trials that need it fail
 * @param settings every key by its path, with its value as configurations write it, defaults
 *     included
 */
public record SweepConfig(
    String name,
    long seed,
    Precision compute,
    List<String> models,
    List<Strategy> strategies,
    List<BigDecimal> ratios,
    List<Criterion> criteria,
    List<Aggregation> aggregations,
    List<Scope> scopes,
    List<Target> targets,
    List<Integer> steps,
    List<Layers> layers,
    Calibration calibration,
    Optional<Recovery> recovery,
    StageSpec.Evaluation evaluation,
    boolean export,
    List<String> recipes,
    Map<StageKind, Long> memory,
    Map<StageKind, Duration> timeouts,
    int attempts,
    Map<String, Object> settings) {

  /**
   * The blocks that may be pruned. Absent bounds keep, of the block strategy, the first eighth and
   * the last sixteenth of the layers whole, at least one each; of the layer strategy, nothing.
   *
   * @param first the first block
   * @param end the block after the last
   */
  public record Layers(Optional<Integer> first, Optional<Integer> end) {}

  /**
   * @param parts into how many stages the estimation of criteria whose statistics add up is split
   */
  public record Calibration(Samples samples, int parts) {}

  /**
   * LoRA recovery of some of the trials.
   *
   * @param strategies whose trials are recovered
   * @param ratios whose trials are recovered
   * @param when which of those, by what their pruned models are like
   * @param data instruction rows, a text, or {@code wordnet}
   * @param scratch whether a model of the same shape is trained from random weights beside it
   */
  public record Recovery(
      List<Strategy> strategies,
      List<BigDecimal> ratios,
      Optional<RecoveryBound> when,
      TextRef data,
      Tuning tuning,
      Optional<Scratch> scratch) {}

  /**
   * Training from random weights.
   *
   * @param learningRate the peak
   */
  public record Scratch(double learningRate, double weightDecay) {}

  /** Whether a sweep may be called so. */
  public static boolean isName(String text) {
    return text.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  }
}
