package dev.secateur.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.annotation.JsonValue;
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
 * @param checkpointing whether activations are recomputed block by block for the gradients
 * @param rows how many of the data are trained on, drawn by the seed; 0 for all
 * @param keepEvery steps between copies of the adapter that are kept; 0 if none are
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
    Validation validation,
    boolean checkpointing,
    Precision precision,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int rows,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int keepEvery) {
  public Tuning {
    validation = validation == null ? new Unvalidated() : validation;
  }

  /**
   * @param batch rows of a step
   * @param microBatch rows computed as one batch
   */
  public record TrainingBudget(@JsonUnwrapped Length length, int batch, int microBatch) {
    /** The optimizer steps, where they are given. */
    public Optional<Integer> steps() {
      return length.given();
    }

    /** The optimizer steps for this many rows of data. */
    public int stepsFor(int rows) {
      return length.stepsFor(rows, batch);
    }
  }

  /** The length of a training; written as steps, null where they are not given, and epochs. */
  @JsonPropertyOrder({"steps", "epochs"})
  public sealed interface Length {
    /** Passes over the data; without effect where steps are given. */
    double epochs();

    /** The optimizer steps, where they are given. */
    Optional<Integer> given();

    /** The optimizer steps for this many rows of data, in batches of so many. */
    int stepsFor(int rows, int batch);

    @JsonCreator
    private static Length read(
        @JsonProperty("steps") Integer steps, @JsonProperty("epochs") double epochs) {
      return steps == null ? new Epochs(epochs) : new Steps(steps, epochs);
    }
  }

  /** As many steps as these passes over the data take. */
  public record Epochs(double epochs) implements Length {
    @Override
    public Optional<Integer> given() {
      return Optional.empty();
    }

    @Override
    public int stepsFor(int rows, int batch) {
      return (int) Math.max(1, Math.ceil(epochs * rows / batch));
    }

    @JsonProperty
    Integer steps() {
      return null; // as it is written
    }
  }

  /**
   * As many as are given.
   *
   * @param steps optimizer steps
   * @param epochs passes that are configured beside them; without effect, but part of the key
   */
  public record Steps(int steps, double epochs) implements Length {
    @Override
    public Optional<Integer> given() {
      return Optional.of(steps);
    }

    @Override
    public int stepsFor(int rows, int batch) {
      return steps;
    }
  }

  /** The same with half as many rows at once. */
  public Tuning halved() {
    return with(
        new TrainingBudget(budget.length(), budget.batch(), budget.microBatch() / 2), keepEvery);
  }

  /** The same that keeps nothing on its way. */
  public Tuning keepingNothing() {
    return with(budget, 0);
  }

  /** The same that keeps the adapter each time this many steps are done. */
  public Tuning keepingEvery(int steps) {
    return with(budget, steps);
  }

  /** How many adapters are kept on the way, of a training whose steps are given. */
  public int kept() {
    int last = budget.steps().orElse(0) - 1;
    return keepEvery == 0 ? 0 : Math.max(0, last) / keepEvery;
  }

  private Tuning with(TrainingBudget otherBudget, int otherKeepEvery) {
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
   * How a training is validated; written as null where it is not, else as rows, every and patience,
   * the last null where the training does not end early.
   */
  @JsonPropertyOrder({"rows", "every", "patience"})
  public sealed interface Validation {
    @JsonCreator
    private static Validation read(
        @JsonProperty("rows") int rows,
        @JsonProperty("every") int every,
        @JsonProperty("patience") Integer patience) {
      return patience == null
          ? new Validated(rows, every)
          : new EarlyStopping(rows, every, patience);
    }
  }

  /** Nothing is held out. */
  public record Unvalidated() implements Validation {
    @JsonValue
    Object written() {
      return null;
    }
  }

  /** Rows that are held out; the adapter of the lowest loss on them is kept. */
  public sealed interface HeldOut extends Validation {
    int rows();

    /** Steps between evaluations. */
    int every();
  }

  /** The training uses all of its budget. */
  public record Validated(int rows, int every) implements HeldOut {
    @JsonProperty
    Integer patience() {
      return null; // as it is written
    }
  }

  /**
   * The training may end before.
   *
   * @param patience after how many evaluations without a lower loss the training ends
   */
  public record EarlyStopping(int rows, int every, int patience) implements HeldOut {}
}
