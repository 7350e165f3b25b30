package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;

/** The source of the graph of each submodule and chunk for a pass from the head down. */
sealed interface SubmoduleGraphs permits KeptGraphs, RecomputedGraphs {
  /** Runs the forward pass of a walk. */
  @FunctionalInterface
  interface Source {
    /**
     * @param manager owner of what is kept
     */
    SubmoduleGraphs of(GradientWalk walk, NDManager manager);
  }

  /** What goes into a submodule for a chunk. */
  NDArray input(int submodule, int chunk);

  /**
   * The graph of a submodule on a chunk.
   *
   * @param local owner of what is computed again
   */
  SubmoduleGraph graph(int submodule, int chunk, NDManager local);

  /** Gives back what is kept of a submodule for a chunk. */
  void release(int submodule, int chunk);

  /** Gives back what is kept of a submodule. */
  void release(int submodule);

  /** What comes out of a submodule, of no graph. */
  static NDArray output(Model model, int submodule, Batch batch, NDArray input, NDManager manager) {
    Submodules submodules = new Submodules(model);
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      NDArray output = submodules.run(submodule, input, submodules.ops(scope, batch));
      output.attach(manager);
      return output;
    }
  }
}
