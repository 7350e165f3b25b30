package dev.secateur.protocol;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * A grid of trials as its author wrote it, checked.
 *
 * @param models checkpoint folders, or {@code demo}
 * @param attempts how often a stage is tried before the trials that need it fail
 */
public record SweepConfig(
    String name,
    long seed,
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
    Evaluation evaluation,
    boolean export,
    int attempts) {

  /**
   * The blocks that may be pruned. Absent bounds keep, of the block strategy, the first eighth and
   * the last sixteenth of the layers whole, at least one each; of the layer strategy, nothing.
   *
   * @param first the first block
   * @param end the block after the last
   */
  public record Layers(Optional<Integer> first, Optional<Integer> end) {}

  /**
   * @param text a file, or {@code wordnet}
   * @param samples windows of the calibration batch
   * @param length tokens of a window
   * @param tokenFisher whether second-order criteria average the squared gradients of tokens
   *     instead of samples
   * @param activations whether they are kept for the gradients
   * @param parts into how many stages the estimation of criteria whose statistics add up is split
   */
  public record Calibration(
      String text,
      int samples,
      int length,
      boolean tokenFisher,
      Activations activations,
      int parts) {}

  /**
   * LoRA recovery of some of the trials.
   *
   * @param strategies whose trials are recovered
   * @param ratios whose trials are recovered
   * @param data Alpaca-style JSON or JSONL, or {@code wordnet}
   * @param cutoff the largest number of tokens of a row
   */
  public record Recovery(
      List<Strategy> strategies,
      List<BigDecimal> ratios,
      String data,
      String template,
      int steps,
      int batch,
      int microBatch,
      double learningRate,
      int warmup,
      int rank,
      double alpha,
      double dropout,
      int cutoff) {}

  /**
   * @param text a file, or {@code wordnet}
   * @param window tokens of a window
   * @param windows the largest number of windows
   * @param tasks a folder of multiple-choice tasks, or {@code wordnet}
   * @param questions the most of a task
   */
  public record Evaluation(
      String text, int window, int windows, Optional<String> tasks, int questions) {}
}
