package dev.secateur.protocol;

import java.util.List;
import java.util.Optional;

/**
 * How a LoRA adapter is trained (arXiv 2106.09685).
 *
 * @param trainOnInputs whether prompts are predicted too, not only answers
 * @param targets last words of the names of the layers that get an adapter; all affine maps of the
 *     blocks where it is empty
 * @param budget how long
 * @param learningRate the peak
 * @param warmup steps over which the rate rises to it
 * @param alpha what the low-rank path is scaled with, times the rank
 * @param dropout before the low-rank path
 * @param cutoff the largest number of tokens of a row
 * @param validation rows that are held out, where there are any
 * @param checkpointing whether activations are computed again, block by block, for the gradients
 */
public record Tuning(
    Template template,
    boolean trainOnInputs,
    List<String> targets,
    Budget budget,
    double learningRate,
    int warmup,
    Schedule schedule,
    double weightDecay,
    int rank,
    double alpha,
    double dropout,
    int cutoff,
    Optional<Validation> validation,
    boolean checkpointing,
    Precision precision) {

  /**
   * @param steps optimizer steps, where they are given
   * @param epochs passes over the data, where steps are not given
   * @param batch rows of a step
   * @param microBatch rows computed at once
   */
  public record Budget(Optional<Integer> steps, double epochs, int batch, int microBatch) {
    /** The optimizer steps for so many rows of data. */
    public int stepsFor(int rows) {
      return steps.orElseGet(() -> (int) Math.max(1, Math.ceil(epochs * rows / batch)));
    }
  }

  /** The same with half as many rows at once. */
  public Tuning halved() {
    return new Tuning(
        template,
        trainOnInputs,
        targets,
        new Budget(budget.steps(), budget.epochs(), budget.batch(), budget.microBatch() / 2),
        learningRate,
        warmup,
        schedule,
        weightDecay,
        rank,
        alpha,
        dropout,
        cutoff,
        validation,
        checkpointing,
        precision);
  }

  /**
   * @param rows how many are held out
   * @param every steps between evaluations; the adapter of the lowest loss is kept
   * @param patience after how many evaluations without a lower loss the training ends
   */
  public record Validation(int rows, int every, Optional<Integer> patience) {}
}
