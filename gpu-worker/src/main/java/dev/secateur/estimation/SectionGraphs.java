package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;

/** The source of the graph of each section and chunk for a pass from the head down. */
sealed interface SectionGraphs permits KeptGraphs, RecomputedGraphs {
  /** Runs the forward pass of a walk. */
  @FunctionalInterface
  interface Source {
    /**
     * @param manager owner of what is kept
     */
    SectionGraphs of(GradientWalk walk, NDManager manager);
  }

  /** What goes into a section for a chunk. */
  NDArray input(int section, int chunk);

  /**
   * The graph of a section on a chunk.
   *
   * @param local owner of what is computed again
   */
  SectionGraph graph(int section, int chunk, NDManager local);

  /** Gives back what is kept of a section for a chunk. */
  void release(int section, int chunk);

  /** Gives back what is kept of a section. */
  void release(int section);

  /** What comes out of a section, of no graph. */
  static NDArray output(Model model, int section, Batch batch, NDArray input, NDManager manager) {
    Sections sections = new Sections(model);
    try (NDManager scope = manager.newSubManager();
        GradMode off = GradMode.off()) {
      NDArray output = sections.run(section, input, sections.ops(scope, batch));
      output.attach(manager);
      return output;
    }
  }
}
