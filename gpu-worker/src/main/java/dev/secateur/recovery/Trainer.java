package dev.secateur.recovery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.model.Batch;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.IdentityHashMap;
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
  private final Optional<TrainingState> state;

  /**
   * A step that is done.
   *
   * @param step counted from one
   * @param loss mean cross entropy of the step's tokens, in nats
   * @param tokens tokens of the step
   */
  public record Step(int step, int steps, double loss, double rate, long tokens) {}

  /** Called after each step; may throw to end the training. */
  @FunctionalInterface
  public interface Listener {
    void stepDone(Step step);
  }

  /**
   * @param batches the batch of a step, counted from zero
   */
  public Trainer(Trainable model, TrainingSettings settings, IntFunction<Batch> batches) {
    this(model, settings, batches, Optional.empty());
  }

  /**
   * @param batches the batch of a step, counted from zero
   * @param state where the training is saved every so often, and from where it goes on
   */
  public Trainer(
      Trainable model,
      TrainingSettings settings,
      IntFunction<Batch> batches,
      Optional<TrainingState> state) {
    this.model = model;
    this.settings = settings;
    this.batches = batches;
    this.state = state;
  }

  /**
   * Trains all steps that are not done yet.
   *
   * @throws ArithmeticException when a loss or a gradient is not finite, with the step and the
   *     tensor
   * @throws IllegalStateException when a trained parameter takes no part in the loss
   */
  public void run(Listener listener) {
    NDManager owner = model.parameters().values().iterator().next().getManager();
    try (NDManager manager = owner.newSubManager();
        GradMode mode = GradMode.off()) {
      AdamW optimizer = new AdamW(settings, model.parameters(), manager);
      int done = state.map(saved -> saved.restore(model.parameters(), optimizer)).orElse(0);
      for (int step = done; step < settings.steps(); step++) {
        Batch batch = batches.apply(step);
        double loss;
        try (NDManager scope = owner.newSubManager()) {
          Map<String, NDArray> gradients = new LinkedHashMap<>();
          loss = gradients(batch, step, scope, gradients);
          update(optimizer, gradients, step);
        }
        int counted = step + 1;
        state
            .filter(saved -> counted % saved.every() == 0)
            .ifPresent(saved -> saved.save(counted, model.parameters(), optimizer));
        listener.stepDone(
            new Step(
                step + 1,
                settings.steps(),
                loss,
                settings.rate(step),
                (long) batch.rows() * batch.tokens()));
      }
    }
  }

  /** Adds up the gradients of all micro-batches and returns the mean loss. */
  private double gradients(Batch batch, int step, NDManager scope, Map<String, NDArray> gradients) {
    double loss = 0;
    long predicted = batch.predicted();
    for (int start = 0; start < batch.rows(); start += settings.microBatch()) {
      Batch part = batch.rows(start, Math.min(batch.rows(), start + settings.microBatch()));
      loss += microBatch(part, predicted, step, start, scope, gradients);
    }
    if (!Double.isFinite(loss)) {
      throw new ArithmeticException("step " + (step + 1) + ": the loss is " + loss);
    }
    return loss;
  }

  private double microBatch(
      Batch part,
      long predicted,
      int step,
      int start,
      NDManager scope,
      Map<String, NDArray> gradients) {
    try (NDManager local = scope.newSubManager();
        GradMode mode = GradMode.recording()) {
      Map<NDArray, NDArray> leaves = new IdentityHashMap<>();
      long seed = (settings.seed() * 1_000_003 + step) * 1_000_003 + start;
      NDArray logits =
          model
              .decoder()
              .logits(
                  model.ops(
                      local,
                      array -> leaves.computeIfAbsent(array, a -> kernels.leaf(local, a)),
                      part.idRows(),
                      seed),
                  part.ids(local));
      NDArray sum = kernels.crossEntropySum(local, logits, part.targets(local));
      NDArray loss = kernels.scale(local, sum, 1.0 / predicted);
      double value = kernels.detach(local, loss).getFloat();
      addGradients(loss, leaves, local, scope, gradients);
      return value;
    }
  }

  private void addGradients(
      NDArray loss,
      Map<NDArray, NDArray> leaves,
      NDManager local,
      NDManager scope,
      Map<String, NDArray> gradients) {
    List<String> names = new ArrayList<>(model.parameters().keySet());
    List<NDArray> inputs = new ArrayList<>();
    for (String name : names) {
      NDArray leaf = leaves.get(model.parameters().get(name));
      if (leaf == null) {
        throw new IllegalStateException("the forward pass never used parameter '" + name + "'");
      }
      inputs.add(leaf);
    }
    List<NDArray> found = kernels.grad(local, loss, local.ones(new Shape()), inputs);
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      NDArray gradient = found.get(i);
      if (gradient.size() == 0) {
        throw new IllegalStateException("parameter '" + name + "' has no gradient");
      }
      NDArray total = gradients.get(name);
      if (total == null) {
        gradient.attach(scope);
        gradients.put(name, gradient);
      } else {
        try (GradMode off = GradMode.off()) {
          kernels.accumulate(total, gradient, 1);
        }
      }
    }
  }

  private void update(AdamW optimizer, Map<String, NDArray> gradients, int step) {
    double squares = 0;
    for (Map.Entry<String, NDArray> entry : gradients.entrySet()) {
      double square = kernels.squareNorm(entry.getValue());
      if (!Double.isFinite(square)) {
        throw new ArithmeticException(
            "step " + (step + 1) + ": the gradient of '" + entry.getKey() + "' is not finite");
      }
      squares += square;
    }
    double clip = Math.min(1, settings.clip() / (Math.sqrt(squares) + 1e-6));
    gradients.forEach(
        (name, gradient) ->
            optimizer.update(name, model.parameters().get(name), gradient, step, clip));
  }
}
