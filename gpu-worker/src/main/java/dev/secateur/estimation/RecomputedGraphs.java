package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps what goes into each submodule and computes the submodule again when its gradients are due
 * (arXiv 1604.06174).
 */
final class RecomputedGraphs implements SubmoduleGraphs {
  private final GradientWalk walk;
  private final List<Chunk> groups;
  private final List<List<NDArray>> inputs = new ArrayList<>();

  /** Computes each submodule's inputs, one to each group of rows, in the groups' own shapes. */
  RecomputedGraphs(GradientWalk walk, NDManager manager) {
    this.walk = walk;
    this.groups = Chunk.groups(walk.chunks());
    inputs.add(groups.stream().map(group -> group.batch().ids(manager)).toList());
    for (int submodule = 0; submodule < new Submodules(walk.model()).head(); submodule++) {
      walk.checkpoint().run();
      List<NDArray> outputs = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        NDArray input = inputs.get(submodule).get(i);
        outputs.add(
            SubmoduleGraphs.output(walk.model(), submodule, groups.get(i).batch(), input, manager));
      }
      inputs.add(outputs);
    }
  }

  @Override
  public NDArray input(int submodule, int chunk) {
    return inputs.get(submodule).get(Chunk.group(groups, walk.chunks().get(chunk)));
  }

  @Override
  public SubmoduleGraph graph(int submodule, int chunk, NDManager local) {
    return SubmoduleGraph.of(
        walk.model(),
        submodule,
        walk.chunks().get(chunk).batch(),
        input(submodule, chunk),
        walk.wanted(),
        local);
  }

  @Override
  public void release(int submodule, int chunk) {
    // other chunks of the same rows read the same input
  }

  @Override
  public void release(int submodule) {
    inputs.remove(submodule).forEach(NDArray::close);
  }
}
