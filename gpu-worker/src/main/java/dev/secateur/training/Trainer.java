package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.tensor.FreedMemory;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * The training loop: recovery trains an adapter with it, {@code secateur train} a whole model. The
 * loss of a step is the mean cross entropy of the batch's predicted tokens, whatever the
 * micro-batches.
 */
public final class Trainer {
  private final Kernels kernels = Kernels.get();
  private final Trainable model;
  private final TrainingSettings settings;
  private final IntFunction<Batch> batches;
  private final ValidationSet validation;
  private final TrainingState state; // null where nothing is saved
  private final List<LossCurve.Spot> losses = new ArrayList<>();
  private final List<LossCurve.Spot> held = new ArrayList<>();

  /**
   * A step that is done.
   *
   * @param step counted from one
   * @param loss mean cross entropy of the step's tokens, in nats
   * @param tokens tokens of the step
   */
  public record Step(int step, int steps, double loss, double rate, long tokens) {}

  /** Which parameters a training leaves. */
  public sealed interface Kept {
    /** Those of the last step. */
    record Last() implements Kept {}

    /**
     * Those of the lowest held-out loss, with validation.
     *
     * @param validation that loss
     */
    record Lowest(int step, double validation) implements Kept {}
  }

  /**
   * How a training ended.
   *
   * @param steps that were taken
   * @param loss of the last of them that this run took; zero where there was none left
   * @param curve the losses of all steps, those of earlier runs too
   */
  public record Result(int steps, double loss, Kept kept, LossCurve curve) {}

  /** Called after each step; may throw to end the training. */
  @FunctionalInterface
  public interface Listener {
    void stepDone(Step step);

    /**
     * Called before {@link #stepDone} where the held-out loss was taken after that step.
     *
     * @param steps of the training
     */
    default void validated(LossCurve.Spot spot, int steps) {}
  }

  /**
   * @param batches the batch of a step, counted from zero
   */
  public Trainer(Trainable model, TrainingSettings settings, IntFunction<Batch> batches) {
    this(model, settings, batches, ValidationSet.NONE, Optional.empty());
  }

  /**
   * @param batches the batch of a step, counted from zero
   * @param validation what decides which parameters are kept
   * @param state in which the training is saved regularly, and from which it resumes
   */
  public Trainer(
      Trainable model,
      TrainingSettings settings,
      IntFunction<Batch> batches,
      ValidationSet validation,
      Optional<TrainingState> state) {
    this.model = model;
    this.settings = settings;
    this.batches = batches;
    this.validation = validation;
    this.state = state.orElse(null);
  }

  /**
   * Trains all steps that are not done yet, and with validation leaves the best parameters.
   *
   * @throws ArithmeticException when a loss or a gradient is not finite, with the step and the
   *     tensor
   * @throws IllegalStateException when a trained parameter takes no part in the loss
   */
  public Result run(Listener listener) {
    NDManager owner = model.parameters().values().iterator().next().getManager();
    try (NDManager manager = owner.newSubManager();
        GradMode mode = GradMode.off();
        FreedMemory freed = freed(owner)) {
      AdamW optimizer = new AdamW(settings, model.parameters(), manager);
      Optional<Best> best =
          validation.isEmpty()
              ? Optional.empty()
              : Optional.of(new Best(model.parameters(), manager));
      int step =
          state == null ? 0 : state.restore(model.parameters(), optimizer, best, losses, held);
      double loss = 0;
      while (step < settings.steps() && !isPatienceSpent(best)) {
        loss = step(step, owner, optimizer, best, listener);
        step++;
      }
      best.ifPresent(kept -> kept.restore(model.parameters()));
      return new Result(
          step,
          loss,
          best.<Kept>map(lowest -> new Kept.Lowest(lowest.step(), lowest.loss()))
              .orElse(new Kept.Last()),
          new LossCurve(losses, held));
    }
  }

  /** Where weights are read block by block, the next block needs the same arrays again. */
  private FreedMemory freed(NDManager owner) {
    return model.isSubmoduleed() ? FreedMemory.kept(owner.getDevice()) : FreedMemory.returned();
  }

  private boolean isPatienceSpent(Optional<Best> best) {
    return best.filter(kept -> kept.misses() >= validation.patience()).isPresent();
  }

  private double step(
      int step, NDManager owner, AdamW optimizer, Optional<Best> best, Listener listener) {
    Batch batch = batches.apply(step);
    double loss;
    try (NDManager scope = owner.newSubManager()) {
      Map<String, NDArray> gradients = new LinkedHashMap<>();
      loss = new BatchGradients(model, settings).of(batch, step, scope, gradients);
      if (!Double.isFinite(loss)) {
        throw new ArithmeticException("step " + (step + 1) + ": the loss is " + loss);
      }
      update(optimizer, gradients, step);
    }
    int done = step + 1;
    losses.add(new LossCurve.Spot(done, loss));
    Optional<LossCurve.Spot> validated = validate(done, best);
    validated.ifPresent(held::add);
    if (state != null && done % state.every() == 0) {
      state.save(done, model.parameters(), optimizer, best, losses, held);
    }
    validated.ifPresent(spot -> listener.validated(spot, settings.steps()));
    listener.stepDone(
        new Step(
            done,
            settings.steps(),
            loss,
            settings.rate(step),
            (long) batch.rows() * batch.tokens()));
    return loss;
  }

  private Optional<LossCurve.Spot> validate(int done, Optional<Best> best) {
    boolean due =
        !validation.isEmpty() && (done % validation.every() == 0 || done == settings.steps());
    if (!due) {
      return Optional.empty();
    }
    double loss = validation.loss(model);
    if (!Double.isFinite(loss)) {
      throw new ArithmeticException("step " + done + ": the validation loss is " + loss);
    }
    best.orElseThrow().offer(loss, done, model.parameters());
    return Optional.of(new LossCurve.Spot(done, loss));
  }

  private void update(AdamW optimizer, Map<String, NDArray> gradients, int step) {
    double squares = 0;
    for (String name : model.parameters().keySet()) {
      double square = kernels.squareNorm(gradients.get(name));
      if (!Double.isFinite(square)) {
        throw new ArithmeticException(
            "step " + (step + 1) + ": the gradient of '" + name + "' is not finite");
      }
      squares += square;
    }
    double clip = Math.min(1, settings.clip() / (Math.sqrt(squares) + 1e-6));
    model
        .parameters()
        .forEach(
            (name, parameter) ->
                optimizer.update(name, parameter, gradients.get(name), step, clip));
  }
}
