package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops;
import dev.secateur.tensor.FreedMemory;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Gradients of a batch's mean loss, added up over its micro-batches. The forward pass is one
 * submodule, or with checkpointing (arXiv 1604.06174) one for each block: then only what goes into
 * a submodule is kept, and its activations are computed again when its gradients are due. If
 * weights are read block by block, as many micro-batches as {@link Trainable#inputsAtOnce} allows
 * go through a block before the next is read: a step reads the model twice.
 */
final class BatchGradients {
  private final Kernels kernels = Kernels.get();
  private final Trainable model;
  private final TrainingSettings settings;
  private final List<SubmodulePass> submodules;
  private final IdentityHashMap<NDArray, String> names = new IdentityHashMap<>();
  private final Set<String> reached = new HashSet<>();

  /** A part of the forward pass: from what goes in, token ids at first, to what comes out. */
  private interface SubmodulePass {
    NDArray run(Ops<NDArray> ops, NDArray in);
  }

  BatchGradients(Trainable model, TrainingSettings settings) {
    this.model = model;
    this.settings = settings;
    this.submodules =
        submodules(model.decoder(), settings.checkpointing() || model.isSubmoduleed());
    model.parameters().forEach((name, array) -> names.put(array, name));
  }

  private static List<SubmodulePass> submodules(Decoder decoder, boolean checkpointing) {
    if (!checkpointing) {
      return List.of(decoder::logits);
    }
    List<SubmodulePass> submodules = new ArrayList<>();
    submodules.add(decoder::embed);
    for (int i = 0; i < decoder.layers(); i++) {
      int layer = i;
      submodules.add((ops, in) -> decoder.block(ops, in, layer));
    }
    submodules.add(decoder::head);
    return submodules;
  }

  /**
   * Adds the gradients to {@code gradients}, in arrays of {@code scope}, and returns the mean loss.
   *
   * @throws IllegalStateException when a trained parameter takes no part in the loss
   */
  double of(Batch batch, int step, NDManager scope, Map<String, NDArray> gradients) {
    List<Part> parts = new ArrayList<>();
    for (int row = 0; row < batch.rows(); row += settings.microBatch()) {
      Batch rows = batch.rows(row, Math.min(batch.rows(), row + settings.microBatch()));
      long seed = (settings.seed() * 1_000_003 + step) * 1_000_003 + row;
      parts.add(new Part(rows, seed));
    }
    if (model.isSubmoduleed()) {
      allocate(scope, gradients);
    }
    double loss = 0;
    int start = 0;
    while (start < parts.size()) {
      int end = start + 1;
      while (end < parts.size() && model.inputsAtOnce().admits(end - start)) {
        end++;
      }
      List<Part> some = parts.subList(start, end);
      for (double share : losses(some, batch.predicted(), scope, gradients)) {
        loss += share;
      }
      start = end;
    }
    for (String name : model.parameters().keySet()) {
      if (!reached.contains(name)) {
        throw new IllegalStateException("the forward pass never used parameter '" + name + "'");
      }
    }
    return loss;
  }

  /**
   * Sums that stay until the step's end lie before arrays that come and go ({@link FreedMemory}).
   */
  private void allocate(NDManager scope, Map<String, NDArray> gradients) {
    model
        .parameters()
        .forEach(
            (name, array) ->
                gradients.computeIfAbsent(
                    name, n -> kernels.zeros(scope, array.getShape().getShape())));
  }

  /**
   * A micro-batch.
   *
   * @param seed of what is dropped out
   */
  private record Part(Batch rows, long seed) {}

  /** Adds up the gradients of micro-batches that go through each submodule together. */
  private double[] losses(
      List<Part> parts, long predicted, NDManager scope, Map<String, NDArray> gradients) {
    double[] losses = new double[parts.size()];
    try (NDManager local = scope.newSubManager()) {
      List<List<NDArray>> inputs = inputs(parts, local);
      NDArray[] upstream = new NDArray[parts.size()];
      int last = submodules.size() - 1;
      for (int submodule = last; submodule >= 0; submodule--) {
        for (int i = 0; i < parts.size(); i++) {
          Part part = parts.get(i);
          NDArray input = inputs.get(submodule).get(i);
          try (NDManager own = local.newSubManager();
              GradMode mode = GradMode.recording()) {
            Pass pass = new Pass(own, submodule > 0 ? kernels.leaf(own, input) : null);
            NDArray out = pass.run(submodules.get(submodule), part, input);
            if (submodule == last) {
              NDArray sum = kernels.crossEntropySum(own, out, part.rows().targets(own));
              out = kernels.scale(own, sum, 1.0 / predicted);
              losses[i] = HostArrays.number(kernels.detach(own, out));
              upstream[i] = kernels.ones(own);
            }
            NDArray gradient = pass.gradients(out, upstream[i], scope, gradients);
            if (gradient != null) {
              gradient.attach(local);
            }
            if (submodule < last) {
              upstream[i].close();
            }
            upstream[i] = gradient;
          }
          input.close();
        }
      }
    }
    return losses;
  }

  /** What goes into each submodule of each micro-batch, computed without a graph. */
  private List<List<NDArray>> inputs(List<Part> parts, NDManager local) {
    List<List<NDArray>> inputs = new ArrayList<>();
    inputs.add(parts.stream().map(part -> part.rows().ids(local)).toList());
    try (GradMode off = GradMode.off()) {
      for (int submodule = 0; submodule + 1 < submodules.size(); submodule++) {
        List<NDArray> outputs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
          try (NDManager own = local.newSubManager()) {
            Ops<NDArray> ops = ops(own, a -> a, parts.get(i));
            NDArray out = submodules.get(submodule).run(ops, inputs.get(submodule).get(i));
            out.attach(local);
            outputs.add(out);
          }
        }
        inputs.add(outputs);
      }
    }
    return inputs;
  }

  private Ops<NDArray> ops(NDManager own, UnaryOperator<NDArray> leaf, Part part) {
    return model.ops(own, leaf, part.rows().idRows(), OptionalLong.of(part.seed()));
  }

  /** One submodule's recorded pass. */
  private final class Pass {
    private final NDManager own;
    private final NDArray input;
    private final IdentityHashMap<NDArray, NDArray> leaves = new IdentityHashMap<>();

    /**
     * @param input what its gradient is wanted for, too; or null
     */
    private Pass(NDManager own, NDArray input) {
      this.own = own;
      this.input = input;
    }

    private NDArray run(SubmodulePass submodule, Part part, NDArray in) {
      Ops<NDArray> ops =
          ops(own, array -> leaves.computeIfAbsent(array, a -> kernels.leaf(own, a)), part);
      return submodule.run(ops, input == null ? in : input);
    }

    /** Adds up the gradients of the parameters and returns that of the input, if any. */
    private NDArray gradients(
        NDArray out, NDArray outGradient, NDManager scope, Map<String, NDArray> sums) {
      List<NDArray> used = new ArrayList<>(leaves.keySet());
      List<NDArray> wanted = new ArrayList<>(used.stream().map(leaves::get).toList());
      if (input != null) {
        wanted.add(input);
      }
      if (wanted.isEmpty()) {
        return null;
      }
      List<NDArray> found = kernels.grad(own, out, outGradient, wanted);
      for (int i = 0; i < used.size(); i++) {
        add(names.get(used.get(i)), found.get(i), scope, sums);
      }
      return input == null ? null : found.get(used.size());
    }

    private void add(String name, NDArray gradient, NDManager scope, Map<String, NDArray> sums) {
      if (gradient.size() == 0) {
        throw new IllegalStateException("parameter '" + name + "' has no gradient");
      }
      reached.add(name);
      NDArray total = sums.get(name);
      if (total == null) {
        gradient.attach(scope);
        sums.put(name, gradient);
      } else {
        try (GradMode off = GradMode.off()) {
          kernels.accumulate(total, gradient, 1);
        }
      }
    }
  }
}
