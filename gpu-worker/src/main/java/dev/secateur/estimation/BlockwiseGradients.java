package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The gradient of the calibration loss, section by section from the head down, so that only one
 * section's gradients are held at a time. Where all activations would take too much memory each
 * section is computed again from its saved input. The walk ends below the lowest section with a
 * wanted parameter.
 *
 * <p>The loss is the mean next-token cross entropy of all samples, which have equal length, and g
 * its gradient. For second order each chunk is a sample (or a token), and F the mean of the squared
 * gradients of their own losses (arXiv 2305.11627, Eq. 5).
 */
final class BlockwiseGradients {
  private final Kernels kernels = Kernels.get();
  private final Model model;
  private final Sections sections;
  private final List<Chunk> chunks;
  private final List<Chunk> groups;
  private final Set<String> wanted;
  private final boolean secondOrder;
  private final Runnable checkpoint;
  private final Uses uses;
  private final Map<String, List<NDArray>> shared = new HashMap<>();
  private final boolean recompute;
  private final Map<Integer, List<SectionGraph>> kept = new HashMap<>();
  private final int lowest;

  /** What is told of a parameter once its gradient is complete. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param gradient g; the visitor may overwrite it
     * @param fisher F, which it may overwrite too, or null when the walk is of first order
     */
    void visit(String name, NDArray gradient, NDArray fisher);
  }

  /**
   * @param recompute whether sections are computed again from their inputs
   * @param chunks what one backward pass each is taken of, in order of their rows
   * @param wanted parameters whose gradients are asked for
   * @param secondOrder whether F is computed
   * @param checkpoint run between sections; may throw to end the walk
   */
  BlockwiseGradients(
      Model model,
      List<Chunk> chunks,
      Set<String> wanted,
      boolean secondOrder,
      boolean recompute,
      Runnable checkpoint) {
    this.recompute = recompute;
    this.model = model;
    this.sections = new Sections(model);
    this.chunks = chunks;
    this.groups = Chunk.groups(chunks);
    this.wanted = wanted;
    this.secondOrder = secondOrder;
    this.checkpoint = checkpoint;
    this.uses = Uses.of(model.decoder(), wanted);
    this.lowest = uses.lowest();
  }

  /**
   * Walks the model and returns the loss.
   *
   * @throws ArithmeticException when the loss or a gradient is not finite, naming where
   * @throws IllegalStateException when a wanted parameter takes no part in the loss
   */
  double walk(Visitor visitor) {
    try (NDManager manager = model.weights().manager().newSubManager()) {
      List<List<NDArray>> inputs = recompute ? inputs(manager) : List.of();
      if (!recompute) {
        keepGraphs(manager);
      }
      List<NDArray> upstream = new ArrayList<>();
      double loss = 0;
      for (int section = sections.head(); section >= lowest; section--) {
        checkpoint.run();
        try (NDManager scope = manager.newSubManager()) {
          List<NDArray> input = recompute ? inputs.get(section) : List.of();
          loss += new Section(section, input, upstream, scope, manager).run(visitor);
        }
        if (recompute) {
          inputs.remove(section).forEach(NDArray::close);
        }
      }
      return loss;
    }
  }

  /** Each section's inputs, one to each group of rows; computed in the groups' own shapes. */
  private List<List<NDArray>> inputs(NDManager manager) {
    List<List<NDArray>> inputs = new ArrayList<>();
    inputs.add(groups.stream().map(group -> group.batch().ids(manager)).toList());
    for (int section = 0; section < sections.head(); section++) {
      checkpoint.run();
      List<NDArray> outputs = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        outputs.add(next(section, groups.get(i), inputs.get(section).get(i), manager));
      }
      inputs.add(outputs);
    }
    return inputs;
  }

  /** Runs every section but the head on every chunk and keeps their graphs. */
  private void keepGraphs(NDManager manager) {
    for (Chunk chunk : chunks) {
      NDArray x = chunk.batch().ids(manager);
      for (int section = 0; section < sections.head(); section++) {
        x = section < lowest ? next(section, chunk, x, manager) : kept(section, chunk, x, manager);
      }
      kept.computeIfAbsent(sections.head(), s -> new ArrayList<>())
          .add(SectionGraph.of(x, manager.newSubManager()));
    }
  }

  private NDArray kept(int section, Chunk chunk, NDArray input, NDManager manager) {
    SectionGraph graph = graph(section, chunk, input, manager.newSubManager());
    kept.computeIfAbsent(section, s -> new ArrayList<>()).add(graph);
    return kernels.detach(manager, graph.output());
  }

  /** What comes out of a section, of no graph. */
  private NDArray next(int section, Chunk chunk, NDArray input, NDManager manager) {
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      NDArray output = sections.run(section, input, sections.ops(scope, chunk.batch()));
      output.attach(manager);
      return output;
    }
  }

  /** Runs a section, with leaves for what is wanted of it. */
  private SectionGraph graph(int section, Chunk chunk, NDArray input, NDManager scope) {
    return SectionGraph.of(model, section, chunk.batch(), input, wanted, scope);
  }

  /**
   * One section, computed again with its graph, through which the upstream gradients are pulled
   * chunk by chunk.
   */
  private final class Section {
    private final int section;
    private final List<NDArray> inputs;
    private final List<NDArray> upstream;
    private final NDManager scope;
    private final NDManager manager;
    private final GradientSums sums;

    /**
     * @param inputs of each group of rows, where the section is computed again
     * @param upstream by chunk the gradient of the section's output; replaced by its input's
     * @param scope owner of the section's sums
     * @param manager owner of what outlives the section
     */
    private Section(
        int section,
        List<NDArray> inputs,
        List<NDArray> upstream,
        NDManager scope,
        NDManager manager) {
      this.section = section;
      this.inputs = inputs;
      this.upstream = upstream;
      this.scope = scope;
      this.manager = manager;
      this.sums = new GradientSums(chunks, secondOrder, uses, shared, scope, manager);
    }

    private double run(Visitor visitor) {
      double loss = 0;
      for (int index = 0; index < chunks.size(); index++) {
        boolean large = section == sections.head() && !secondOrder;
        loss += large ? headByPieces(index) : chunk(index);
      }
      sums.forEach(visitor);
      return loss;
    }

    /** The head of some rows at a time; how many depends on sizes alone. */
    private double headByPieces(int index) {
      Chunk chunk = chunks.get(index);
      NDArray input = input(index);
      NDArray whole = kernels.zeros(manager, input.getShape().getShape());
      int rows = chunk.batch().rows();
      int most = Calibration.rowsOfHead(model.decoder(), chunk.batch().tokens());
      double loss = 0;
      for (int start = 0; start < rows; start += most) {
        try (NDManager local = scope.newSubManager()) {
          Chunk piece = chunk.rows(start, Math.min(rows, start + most));
          NDArray slice = kernels.slice(local, input, 0, start, piece.batch().rows());
          SectionGraph graph = BlockwiseGradients.this.graph(section, piece, slice, local);
          List<NDArray> gradients = new ArrayList<>();
          loss += pull(graph, piece, index, local, gradients);
          try (GradMode off = GradMode.off()) {
            if (section > lowest) {
              NDArray down = gradients.get(gradients.size() - 1);
              kernels.write(whole, start * (down.size() / piece.batch().rows()), down);
            }
            int i = 0;
            for (String name : graph.leaves().keySet()) {
              sums.addPiece(name, gradients.get(i++));
            }
          }
        }
      }
      passDown(whole, index);
      release(index);
      return loss;
    }

    /** What goes into the section for a chunk. */
    private NDArray input(int index) {
      List<SectionGraph> graphs = kept.get(section);
      return graphs == null
          ? inputs.get(Chunk.group(groups, chunks.get(index)))
          : graphs.get(index).input();
    }

    /** The gradients of a graph's leaves and last of its input; returns the loss of the head. */
    private double pull(
        SectionGraph graph, Chunk chunk, int index, NDManager local, List<NDArray> into) {
      try (GradMode mode = GradMode.recording()) {
        NDArray output = graph.output();
        double loss = 0;
        NDArray seed;
        if (section == sections.head()) {
          output = shareOfLoss(output, chunk, local);
          seed = kernels.ones(local);
          double share = HostArrays.number(kernels.detach(local, output));
          loss = FiniteLoss.checked(share, model, chunk.batch());
        } else {
          seed = upstream.get(index);
        }
        List<NDArray> wanting = new ArrayList<>(graph.leaves().values());
        if (section > lowest) {
          wanting.add(graph.input());
        }
        if (!wanting.isEmpty()) {
          into.addAll(kernels.grad(local, output, seed, wanting));
        }
        return loss;
      }
    }

    private double chunk(int index) {
      Chunk chunk = chunks.get(index);
      double loss;
      try (NDManager local = scope.newSubManager()) {
        SectionGraph graph = graph(chunk, index, local);
        List<NDArray> gradients = new ArrayList<>();
        loss = pull(graph, chunk, index, local, gradients);
        if (section > lowest) {
          passDown(gradients.get(gradients.size() - 1), index);
        }
        try (GradMode off = GradMode.off()) {
          int i = 0;
          for (String name : graph.leaves().keySet()) {
            sums.add(name, gradients.get(i++), index);
          }
        }
      }
      release(index);
      return loss;
    }

    private void release(int index) {
      if (kept.containsKey(section)) {
        kept.get(section).get(index).scope().close();
      }
    }

    /** The section's graph: kept from the forward pass, or computed again. */
    private SectionGraph graph(Chunk chunk, int index, NDManager local) {
      List<SectionGraph> graphs = kept.get(section);
      if (graphs == null) {
        return BlockwiseGradients.this.graph(section, chunk, input(index), local);
      }
      SectionGraph graph = graphs.get(index);
      return section == sections.head()
          ? BlockwiseGradients.this.graph(section, chunk, graph.input(), local)
          : graph;
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
