package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The gradient of the calibration loss, submodule by submodule from the head down, so that only one
 * submodule's gradients are held at a time. Where all activations would take too much memory each
 * submodule is computed again from its saved input. The walk ends below the lowest submodule with a
 * wanted parameter.
 *
 * <p>The loss is the mean next-token cross entropy of all samples, which have equal length, and g
 * its gradient. For second order each chunk is a sample (or a token), and F the mean of the squared
 * gradients of their own losses (arXiv 2305.11627, Eq. 5).
 */
final class BlockwiseGradients {
  private final Kernels kernels = Kernels.get();
  private final GradientWalk walk;
  private final SubmoduleGraphs.Source source;
  private final GradientTotals.Order order;
  private final int head;
  private final Map<String, List<NDArray>> shared = new HashMap<>();

  /** Receives a parameter once its gradient is complete. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param gradient g; the visitor may overwrite it
     * @param fisher F, which it may overwrite too, or null when the walk is of first order
     */
    void visit(String name, NDArray gradient, NDArray fisher);
  }

  /**
   * @param source keeps the submodules' graphs, or computes them again
   * @param order whether F is computed
   */
  BlockwiseGradients(GradientWalk walk, SubmoduleGraphs.Source source, GradientTotals.Order order) {
    this.walk = walk;
    this.source = source;
    this.order = order;
    this.head = new Submodules(walk.model()).head();
  }

  /**
   * Walks the model and returns the loss.
   *
   * @throws ArithmeticException when the loss or a gradient is not finite, naming where
   * @throws IllegalStateException when a wanted parameter takes no part in the loss
   */
  double walk(Visitor visitor) {
    try (NDManager manager = walk.model().weights().manager().newSubManager()) {
      SubmoduleGraphs graphs = source.of(walk, manager);
      List<NDArray> upstream = new ArrayList<>();
      double loss = 0;
      for (int submodule = head; submodule >= walk.lowest(); submodule--) {
        walk.checkpoint().run();
        try (NDManager scope = manager.newSubManager()) {
          loss += new SubmoduleStep(submodule, graphs, upstream, scope, manager).run(visitor);
        }
        graphs.release(submodule);
      }
      return loss;
    }
  }

  /** One submodule, through whose graph the upstream gradients are pulled chunk by chunk. */
  private final class SubmoduleStep {
    private final int submodule;
    private final SubmoduleGraphs graphs;
    private final List<NDArray> upstream;
    private final NDManager scope;
    private final NDManager manager;
    private final GradientTotals totals;
    private final GradientSums sums;

    /**
     * @param upstream by chunk the gradient of the submodule's output; replaced by its input's
     * @param scope owner of the submodule's sums
     * @param manager owner of what outlives the submodule
     */
    private SubmoduleStep(
        int submodule,
        SubmoduleGraphs graphs,
        List<NDArray> upstream,
        NDManager scope,
        NDManager manager) {
      this.submodule = submodule;
      this.graphs = graphs;
      this.upstream = upstream;
      this.scope = scope;
      this.manager = manager;
      this.totals = order.of(scope);
      this.sums = new GradientSums(walk, totals, shared, scope, manager);
    }

    private double run(Visitor visitor) {
      double loss = 0;
      for (int index = 0; index < walk.chunks().size(); index++) {
        loss += submodule == head && totals.takesRows() ? headByRows(index) : chunk(index);
        graphs.release(submodule, index);
      }
      sums.forEach(visitor);
      return loss;
    }

    /** The head of some rows at a time; how many depends on sizes alone. */
    private double headByRows(int index) {
      Chunk chunk = walk.chunks().get(index);
      NDArray input = graphs.input(submodule, index);
      NDArray whole = kernels.zeros(manager, input.getShape().getShape());
      int rows = chunk.batch().rows();
      int most = Calibration.rowsOfHead(walk.model().decoder(), chunk.batch().tokens());
      double loss = 0;
      for (int start = 0; start < rows; start += most) {
        try (NDManager local = scope.newSubManager()) {
          Chunk piece = chunk.rows(start, Math.min(rows, start + most));
          NDArray slice = kernels.slice(local, input, 0, start, piece.batch().rows());
          SubmoduleGraph graph =
              SubmoduleGraph.of(
                  walk.model(), submodule, piece.batch(), slice, walk.wanted(), local);
          List<NDArray> gradients = new ArrayList<>();
          loss += pull(graph, piece, index, local, gradients);
          try (GradMode off = GradMode.off()) {
            if (submodule > walk.lowest()) {
              NDArray down = gradients.get(gradients.size() - 1);
              kernels.write(whole, start * (down.size() / piece.batch().rows()), down);
            }
            int i = 0;
            for (String name : graph.leaves().keySet()) {
              sums.addRows(name, gradients.get(i++));
            }
          }
        }
      }
      sums.endRows(chunk);
      passDown(whole, index);
      return loss;
    }

    /** The gradients of a graph's leaves and last of its input; returns the loss of the head. */
    private double pull(
        SubmoduleGraph graph, Chunk chunk, int index, NDManager local, List<NDArray> into) {
      try (GradMode mode = GradMode.recording()) {
        NDArray output = graph.output();
        double loss = 0;
        NDArray seed;
        if (submodule == head) {
          output = shareOfLoss(output, chunk, local);
          seed = kernels.ones(local);
          double share = HostArrays.number(kernels.detach(local, output));
          loss = FiniteLoss.checked(share, walk.model(), chunk.batch());
        } else {
          seed = upstream.get(index);
        }
        List<NDArray> wanting = new ArrayList<>(graph.leaves().values());
        if (submodule > walk.lowest()) {
          wanting.add(graph.input());
        }
        if (!wanting.isEmpty()) {
          into.addAll(kernels.grad(local, output, seed, wanting));
        }
        return loss;
      }
    }

    private double chunk(int index) {
      double loss;
      try (NDManager local = scope.newSubManager()) {
        SubmoduleGraph graph = graphs.graph(submodule, index, local);
        List<NDArray> gradients = new ArrayList<>();
        loss = pull(graph, walk.chunks().get(index), index, local, gradients);
        if (submodule > walk.lowest()) {
          passDown(gradients.get(gradients.size() - 1), index);
        }
        try (GradMode off = GradMode.off()) {
          int i = 0;
          for (String name : graph.leaves().keySet()) {
            sums.add(name, gradients.get(i++), index);
          }
        }
      }
      return loss;
    }

    private NDArray shareOfLoss(NDArray logits, Chunk chunk, NDManager local) {
      NDArray sum = kernels.crossEntropySum(local, logits, chunk.batch().targets(local));
      return kernels.scale(local, sum, chunk.lossScale());
    }

    private void passDown(NDArray gradient, int index) {
      gradient.attach(manager);
      if (index < upstream.size()) {
        upstream.set(index, gradient).close();
      } else {
        upstream.add(gradient);
      }
    }
  }
}
