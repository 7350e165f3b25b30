package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.model.Batch;
import dev.secateur.model.Decoder;
import dev.secateur.model.Ops;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Gradients of a batch's mean loss, added up over its micro-batches. The forward pass is one
 * section, or with checkpointing (arXiv 1604.06174) one for each block: then only what goes into a
 * section is kept, and its activations are computed again when its gradients are due.
 */
final class BatchGradients {
  private final Kernels kernels = Kernels.get();
  private final Trainable model;
  private final TrainingSettings settings;
  private final List<Section> sections;
  private final Map<NDArray, String> names = new IdentityHashMap<>();

  /** A part of the forward pass: from what goes in, token ids at first, to what comes out. */
  private interface Section {
    NDArray run(Ops<NDArray> ops, NDArray in);
  }

  BatchGradients(Trainable model, TrainingSettings settings) {
    this.model = model;
    this.settings = settings;
    this.sections = sections(model.decoder(), settings.checkpointing());
    model.parameters().forEach((name, array) -> names.put(array, name));
  }

  private static List<Section> sections(Decoder decoder, boolean checkpointing) {
    if (!checkpointing) {
      return List.of(decoder::logits);
    }
    List<Section> sections = new ArrayList<>();
    sections.add(decoder::embed);
    for (int i = 0; i < decoder.layers(); i++) {
      int layer = i;
      sections.add((ops, in) -> decoder.block(ops, in, layer));
    }
    sections.add(decoder::head);
    return sections;
  }

  /**
   * Adds the gradients to {@code gradients}, in arrays of {@code scope}, and returns the mean loss.
   *
   * @throws IllegalStateException when a trained parameter takes no part in the loss
   */
  double of(Batch batch, int step, NDManager scope, Map<String, NDArray> gradients) {
    double loss = 0;
    long predicted = batch.predicted();
    for (int start = 0; start < batch.rows(); start += settings.microBatch()) {
      Batch part = batch.rows(start, Math.min(batch.rows(), start + settings.microBatch()));
      long seed = (settings.seed() * 1_000_003 + step) * 1_000_003 + start;
      loss += microBatch(part, predicted, seed, scope, gradients);
    }
    for (String name : model.parameters().keySet()) {
      if (!gradients.containsKey(name)) {
        throw new IllegalStateException("the forward pass never used parameter '" + name + "'");
      }
    }
    return loss;
  }

  private double microBatch(
      Batch part, long predicted, long seed, NDManager scope, Map<String, NDArray> gradients) {
    try (NDManager local = scope.newSubManager()) {
      List<NDArray> inputs = inputs(part, seed, local);
      int last = sections.size() - 1;
      double value = 0;
      NDArray gradient = null;
      for (int i = last; i >= 0; i--) {
        try (NDManager own = local.newSubManager();
            GradMode mode = GradMode.recording()) {
          Pass pass = new Pass(own, i > 0 ? kernels.leaf(own, inputs.get(i)) : null);
          NDArray out = pass.run(sections.get(i), part, seed, inputs.get(i));
          if (i == last) {
            NDArray sum = kernels.crossEntropySum(own, out, part.targets(own));
            out = kernels.scale(own, sum, 1.0 / predicted);
            value = kernels.detach(own, out).getFloat();
            gradient = own.ones(new Shape());
          }
          gradient = pass.gradients(out, gradient, scope, gradients);
          if (gradient != null) {
            gradient.attach(local);
          }
        }
      }
      return value;
    }
  }

  /** What goes into each section, computed without a graph. */
  private List<NDArray> inputs(Batch part, long seed, NDManager local) {
    List<NDArray> inputs = new ArrayList<>(List.of(part.ids(local)));
    try (GradMode off = GradMode.off()) {
      for (int i = 0; i + 1 < sections.size(); i++) {
        try (NDManager own = local.newSubManager()) {
          NDArray out =
              sections
                  .get(i)
                  .run(model.ops(own, a -> a, part.idRows(), OptionalLong.of(seed)), inputs.get(i));
          out.attach(local);
          inputs.add(out);
        }
      }
    }
    return inputs;
  }

  /** One section's recorded pass. */
  private final class Pass {
    private final NDManager own;
    private final NDArray input;
    private final Map<NDArray, NDArray> leaves = new IdentityHashMap<>();

    /**
     * @param input what its gradient is wanted for, too; or null
     */
    private Pass(NDManager own, NDArray input) {
      this.own = own;
      this.input = input;
    }

    private NDArray run(Section section, Batch part, long seed, NDArray in) {
      Ops<NDArray> ops =
          model.ops(
              own,
              array -> leaves.computeIfAbsent(array, a -> kernels.leaf(own, a)),
              part.idRows(),
              OptionalLong.of(seed));
      return section.run(ops, input == null ? in : input);
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
