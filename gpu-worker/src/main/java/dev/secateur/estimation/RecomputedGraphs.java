package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;

/**
 * Keeps what goes into each section and computes the section again when its gradients are due
 * (arXiv 1604.06174).
 */
final class RecomputedGraphs implements SectionGraphs {
  private final GradientWalk walk;
  private final List<Chunk> groups;
  private final List<List<NDArray>> inputs = new ArrayList<>();

  /** Computes each section's inputs, one to each group of rows, in the groups' own shapes. */
  RecomputedGraphs(GradientWalk walk, NDManager manager) {
    this.walk = walk;
    this.groups = Chunk.groups(walk.chunks());
    inputs.add(groups.stream().map(group -> group.batch().ids(manager)).toList());
    for (int section = 0; section < new Sections(walk.model()).head(); section++) {
      walk.checkpoint().run();
      List<NDArray> outputs = new ArrayList<>();
      for (int i = 0; i < groups.size(); i++) {
        NDArray input = inputs.get(section).get(i);
        outputs.add(
            SectionGraphs.output(walk.model(), section, groups.get(i).batch(), input, manager));
      }
      inputs.add(outputs);
    }
  }

  @Override
  public NDArray input(int section, int chunk) {
    return inputs.get(section).get(Chunk.group(groups, walk.chunks().get(chunk)));
  }

  @Override
  public SectionGraph graph(int section, int chunk, NDManager local) {
    return SectionGraph.of(
        walk.model(),
        section,
        walk.chunks().get(chunk).batch(),
        input(section, chunk),
        walk.wanted(),
        local);
  }

  @Override
  public void release(int section, int chunk) {
    // other chunks of the same rows read the same input
  }

  @Override
  public void release(int section) {
    inputs.remove(section).forEach(NDArray::close);
  }
}
