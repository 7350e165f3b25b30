package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a model over many inputs without gradients. If its weights are read submodule by submodule,
 * all inputs go through a submodule before the next one is read, as many at a time as {@link
 * #RESIDUAL_BYTES} of residual streams and {@link InputsAtOnce} allow; otherwise one input after
 * the other. Each input's logits are the same bits either way.
 */
public final class ForwardPass {
  /** What the residual streams that wait for the next submodule may take. */
  public static final long RESIDUAL_BYTES = 1L << 30;

  private final Decoder decoder;
  private final InputsAtOnce inputsAtOnce;
  private final NDManager owner;
  private final Passes passes;

  /** The interpreter of one submodule's pass over an input. */
  @FunctionalInterface
  public interface Passes {
    Ops<NDArray> ops(NDManager scope, Layout layout);
  }

  /** Is given what comes out. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param index of the input
     * @param logits (B, T, V), which belong to {@code scope}
     * @param scope closed when this returns
     */
    void visit(int index, NDArray logits, NDManager scope);
  }

  /**
   * @param inputsAtOnce how many may go through a submodule before the next one is read
   * @param owner whose sub-managers own what is computed
   */
  public ForwardPass(Decoder decoder, InputsAtOnce inputsAtOnce, NDManager owner, Passes passes) {
    this.decoder = decoder;
    this.inputsAtOnce = inputsAtOnce;
    this.owner = owner;
    this.passes = passes;
  }

  /** With a model's own weights. */
  public static ForwardPass of(Model model) {
    return new ForwardPass(
        model.decoder(),
        model.weights().inputsAtOnce(),
        model.weights().manager(),
        (scope, layout) -> new TensorOps(scope, model, model.weights()::get, layout));
  }

  /**
   * Gives the logits of each input to the visitor, in order.
   *
   * @param checkpoint run between submodules; may throw to end the pass
   */
  public void run(List<Layout> inputs, Visitor visitor, Runnable checkpoint) {
    int next = 0;
    while (next < inputs.size()) {
      try (NDManager manager = owner.newSubManager();
          GradMode mode = GradMode.off()) {
        int first = next;
        List<NDArray> residuals = new ArrayList<>();
        long bytes = 0;
        do {
          NDArray residual = embedded(inputs.get(next), manager);
          residuals.add(residual);
          bytes += 4 * residual.size();
          next++;
        } while (next < inputs.size()
            && bytes < RESIDUAL_BYTES
            && inputsAtOnce.admits(residuals.size()));
        for (int layer = 0; layer < decoder.layers(); layer++) {
          checkpoint.run();
          for (int i = 0; i < residuals.size(); i++) {
            residuals.set(i, block(layer, inputs.get(first + i), residuals.get(i), manager));
          }
        }
        for (int i = 0; i < residuals.size(); i++) {
          try (NDManager scope = manager.newSubManager()) {
            Ops<NDArray> ops = passes.ops(scope, inputs.get(first + i));
            visitor.visit(first + i, decoder.head(ops, residuals.get(i)), scope);
          }
          residuals.get(i).close();
        }
      }
    }
  }

  private NDArray embedded(Layout layout, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray residual = decoder.embed(passes.ops(scope, layout), ids(layout, scope));
      residual.attach(manager);
      return residual;
    }
  }

  private static NDArray ids(Layout layout, NDManager scope) {
    long[] flat = Arrays.stream(layout.rows()).flatMapToLong(Arrays::stream).toArray();
    return HostArrays.of(scope, flat, layout.rows().length, layout.rows()[0].length);
  }

  private NDArray block(int layer, Layout layout, NDArray residual, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray next = decoder.block(passes.ops(scope, layout), residual, layer);
      next.attach(manager);
      residual.close();
      return next;
    }
  }
}
