package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;

/**
 * How a LoRA adapter is trained (arXiv 2106.09685).
 *
 * @param trainOnInputs whether prompts are predicted too, not only answers
 * @param targets last parts of the names of the layers that get an adapter; if empty, all affine
 *     maps of the blocks
 * @param budget the length of the training
 * @param learningRate the peak
 * @param warmup steps over which the rate rises to it
 * @param alpha the scale of the low-rank path, times the rank
 * @param dropout before the low-rank path
 * @param cutoff the largest number of tokens of a row
 * @param validation rows that are held out, if any
 * @param checkpointing whether activations are recomputed block by block for the gradients
 * @param rows of the data that are trained on, drawn by the seed; all where absent
 * @param keepEvery steps between copies of the adapter that are kept
 */
public record Tuning(
    Template template,
    boolean trainOnInputs,
    List<String> targets,
    TrainingBudget budget,
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
    Precision precision,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> rows,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> keepEvery) {
  public Tuning {
    rows = rows == null ? Optional.empty() : rows;
    keepEvery = keepEvery == null ? Optional.empty() : keepEvery;
  }

  /**
   * @param steps optimizer steps, where they are given
   * @param epochs passes over the data, where steps are not given
   * @param batch rows of a step
   * @param microBatch rows computed as one batch
   */
  public record TrainingBudget(Optional<Integer> steps, double epochs, int batch, int microBatch) {
    /** The optimizer steps for this many rows of data. */
    public int stepsFor(int rows) {
      return steps.orElseGet(() -> (int) Math.max(1, Math.ceil(epochs * rows / batch)));
    }
  }

  /** The same with half as many rows at once. */
  public Tuning halved() {
    return with(
        new TrainingBudget(
            budget.steps(), budget.epochs(), budget.batch(), budget.microBatch() / 2),
        keepEvery);
  }

  /** The same that keeps nothing on its way. */
  public Tuning keepingNothing() {
    return with(budget, Optional.empty());
  }

  /** The same that keeps the adapter each time this many steps are done. */
  public Tuning keepingEvery(int steps) {
    return with(budget, Optional.of(steps));
  }

  /** How many adapters are kept on the way, of a training whose steps are given. */
  public int kept() {
    int last = budget.steps().orElse(0) - 1;
    return keepEvery.map(every -> Math.max(0, last) / every).orElse(0);
  }

  private Tuning with(TrainingBudget otherBudget, Optional<Integer> otherKeepEvery) {
    return new Tuning(
        template,
        trainOnInputs,
        targets,
        otherBudget,
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
        precision,
        rows,
        otherKeepEvery);
  }

  /**
   * @param rows how many are held out
   * @param every steps between evaluations; the adapter of the lowest loss is kept
   * @param patience after how many evaluations without a lower loss the training ends
   */
  public record Validation(int rows, int every, Optional<Integer> patience) {}
}
