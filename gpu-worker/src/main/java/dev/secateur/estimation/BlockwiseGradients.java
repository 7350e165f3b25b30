package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import dev.secateur.text.Batch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The gradient of the calibration loss, section by section from the head down: each section is
 * computed again from its saved input, so that only one section's activations and gradients are
 * held at a time. The walk ends below the lowest section with a wanted parameter.
 *
 * <p>The loss is the mean next-token cross entropy of all samples, which have equal length. For N
 * samples, with g_j the gradient of sample j's own mean loss, g is the mean of g_j and F the mean
 * of g_j squared (arXiv 2305.11627, Eq. 5).
 */
final class BlockwiseGradients {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Batch batch;
  private final Set<String> wanted;
  private final boolean secondOrder;
  private final Runnable checkpoint;
  private final int layers;
  private final Map<String, Integer> uses = new HashMap<>();
  private int lowest;
  private final Map<String, List<NDArray>> shared = new HashMap<>();

  /** What is told of a parameter once its gradient is complete. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param gradient g
     * @param fisher F, or null when the walk is of first order
     */
    void visit(String name, NDArray gradient, NDArray fisher);
  }

  /**
   * @param wanted parameters whose gradients are asked for
   * @param secondOrder whether F is computed, which takes one backward pass a sample
   * @param checkpoint run between sections; may throw to end the walk
   */
  BlockwiseGradients(
      Model model, Batch batch, Set<String> wanted, boolean secondOrder, Runnable checkpoint) {
    this.model = model;
    this.batch = batch;
    this.wanted = wanted;
    this.secondOrder = secondOrder;
    this.checkpoint = checkpoint;
    this.layers = model.decoder().layers();
  }

  /**
   * Walks the model and returns the loss.
   *
   * @throws ArithmeticException when the loss or a gradient is not finite
   * @throws IllegalStateException when a wanted parameter takes no part in the loss
   */
  double walk(Visitor visitor) {
    try (NDManager manager = model.weights().manager().newSubManager()) {
      List<NDArray> inputs = forward(manager);
      checkAllUsed();
      List<NDArray> upstream = new ArrayList<>();
      double loss = 0;
      for (int section = layers + 1; section >= lowest; section--) {
        checkpoint.run();
        try (NDManager scope = manager.newSubManager()) {
          loss += section(section, inputs, upstream, scope, manager, visitor, section > lowest);
        }
      }
      return loss;
    }
  }

  /**
   * Section 0 is the embedding, 1 to L are the blocks, L + 1 is the head. Returns each section's
   * input.
   */
  private List<NDArray> forward(NDManager manager) {
    try (GradMode mode = GradMode.off()) {
      List<NDArray> inputs = new ArrayList<>();
      inputs.add(batch.ids(manager));
      lowest = layers + 1;
      for (int section = 0; section <= layers; section++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray output = run(section, inputs.get(section), scope, countingOps(scope, section));
          output.attach(manager);
          inputs.add(output);
        }
      }
      countHead(manager, inputs.get(layers + 1));
      return inputs;
    }
  }

  private void countHead(NDManager manager, NDArray input) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray first = kernels.rows(scope, input, 0, 1);
      run(layers + 1, first, scope, countingOps(scope, layers + 1));
    }
  }

  /**
   * Counts in how many sections each wanted parameter is used, a tied one in two, and notes the
   * lowest of them.
   */
  private TensorOps countingOps(NDManager scope, int section) {
    Map<String, Boolean> seen = new HashMap<>();
    return new TensorOps(
        scope,
        name -> {
          if (wanted.contains(name) && seen.put(name, true) == null) {
            uses.merge(name, 1, Integer::sum);
            lowest = Math.min(lowest, section);
          }
          return model.weights().get(name);
        });
  }

  private void checkAllUsed() {
    for (String name : wanted) {
      if (!uses.containsKey(name)) {
        throw new IllegalStateException("the forward pass never uses parameter '" + name + "'");
      }
    }
  }

  private NDArray run(int section, NDArray input, NDManager scope, TensorOps ops) {
    if (section == 0) {
      return model.decoder().embed(ops, input);
    }
    return section <= layers
        ? model.decoder().block(ops, input, section - 1)
        : model.decoder().head(ops, input);
  }

  /**
   * Computes a section again with its graph and pulls the upstream gradients through it, chunk by
   * chunk of samples.
   */
  private double section(
      int section,
      List<NDArray> inputs,
      List<NDArray> upstream,
      NDManager scope,
      NDManager manager,
      Visitor visitor,
      boolean inputWanted) {
    Map<String, NDArray> sums = new LinkedHashMap<>();
    Map<String, NDArray> squares = new LinkedHashMap<>();
    int rows = batch.rows();
    int chunk = secondOrder ? 1 : rows;
    double loss = 0;
    for (int start = 0; start < rows; start += chunk) {
      int index = start / chunk;
      try (NDManager local = scope.newSubManager();
          GradMode mode = GradMode.recording()) {
        Map<String, NDArray> leaves = new LinkedHashMap<>();
        NDArray slice = kernels.rows(local, inputs.get(section), start, chunk);
        NDArray input = section == 0 ? slice : kernels.leaf(local, slice);
        NDArray output = run(section, input, local, leafOps(local, leaves));
        NDArray seed;
        if (section == layers + 1) {
          output = sampleLoss(output, start, chunk, local);
          seed = local.ones(new Shape());
          loss += kernels.detach(local, output).getFloat();
        } else {
          seed = upstream.get(index);
        }
        List<NDArray> wanting = new ArrayList<>(leaves.values());
        if (inputWanted) {
          wanting.add(input);
        }
        List<NDArray> gradients = kernels.grad(local, output, seed, wanting);
        if (inputWanted) {
          passDown(gradients.get(wanting.size() - 1), index, upstream, manager);
        }
        try (GradMode off = GradMode.off()) {
          int i = 0;
          for (String name : leaves.keySet()) {
            add(name, finite(name, gradients.get(i++)), index, sums, squares, scope, manager);
          }
        }
      }
    }
    if (!Double.isFinite(loss)) {
      throw new ArithmeticException("the calibration loss is " + loss);
    }
    for (String name : sums.keySet()) {
      visitor.visit(name, sums.get(name), squares.get(name));
    }
    return loss;
  }

  private TensorOps leafOps(NDManager scope, Map<String, NDArray> leaves) {
    return new TensorOps(
        scope,
        name -> {
          NDArray weight = model.weights().get(name);
          return wanted.contains(name)
              ? leaves.computeIfAbsent(name, n -> kernels.leaf(scope, weight))
              : weight;
        });
  }

  /** The share of the mean loss that a chunk of samples brings. */
  private NDArray sampleLoss(NDArray logits, int start, int chunk, NDManager scope) {
    NDArray targets = batch.rows(start, start + chunk).targets(scope);
    NDArray sum = kernels.crossEntropySum(scope, logits, targets);
    return kernels.scale(scope, sum, 1.0 / batch.predicted());
  }

  private void passDown(NDArray gradient, int index, List<NDArray> upstream, NDManager manager) {
    gradient.attach(manager);
    if (index < upstream.size()) {
      upstream.set(index, gradient).close();
    } else {
      upstream.add(gradient);
    }
  }

  private NDArray finite(String name, NDArray gradient) {
    if (gradient.size() == 0) {
      throw new IllegalStateException("parameter '" + name + "' has no gradient");
    }
    if (!Double.isFinite(kernels.squareNorm(gradient))) {
      throw new ArithmeticException("the gradient of '" + name + "' is not finite");
    }
    return gradient;
  }

  /**
   * Adds a chunk's gradient to g and F; of a parameter used in several sections only once all have
   * been summed.
   */
  private void add(
      String name,
      NDArray gradient,
      int index,
      Map<String, NDArray> sums,
      Map<String, NDArray> squares,
      NDManager scope,
      NDManager manager) {
    if (uses.get(name) > 1) {
      List<NDArray> parts = shared.computeIfAbsent(name, n -> new ArrayList<>());
      if (index == parts.size()) {
        gradient.attach(manager);
        parts.add(gradient);
      } else {
        kernels.accumulate(parts.get(index), gradient, 1);
        if (index == chunks() - 1) {
          parts.forEach(part -> accumulate(name, part, sums, squares, scope));
        }
      }
    } else {
      accumulate(name, gradient, sums, squares, scope);
    }
  }

  private int chunks() {
    return secondOrder ? batch.rows() : 1;
  }

  private void accumulate(
      String name,
      NDArray gradient,
      Map<String, NDArray> sums,
      Map<String, NDArray> squares,
      NDManager scope) {
    long[] shape = gradient.getShape().getShape();
    NDArray sum = sums.computeIfAbsent(name, n -> kernels.zeros(scope, gradient, shape));
    kernels.accumulate(sum, gradient, 1);
    if (secondOrder) {
      NDArray square = squares.computeIfAbsent(name, n -> kernels.zeros(scope, gradient, shape));
      // A sample's gradient here is that of its share of the mean, g_j / N; F is the mean of g_j
      // squared.
      kernels.accumulateSquare(square, gradient, batch.rows());
    }
  }
}
