package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the graph of every submodule but the head, whose logits are large, from the forward pass.
 */
final class KeptGraphs implements SubmoduleGraphs {
  private final GradientWalk walk;
  private final int head;
  private final Map<Integer, List<SubmoduleGraph>> kept = new HashMap<>();

  /** Runs every submodule but the head on every chunk. */
  KeptGraphs(GradientWalk walk, NDManager manager) {
    this.walk = walk;
    this.head = new Submodules(walk.model()).head();
    for (Chunk chunk : walk.chunks()) {
      NDArray x = chunk.batch().ids(manager);
      for (int submodule = 0; submodule < head; submodule++) {
        x =
            submodule < walk.lowest()
                ? SubmoduleGraphs.output(walk.model(), submodule, chunk.batch(), x, manager)
                : keep(submodule, chunk, x, manager);
      }
      keep(head, SubmoduleGraph.of(x, manager.newSubManager()));
    }
  }

  private NDArray keep(int submodule, Chunk chunk, NDArray input, NDManager manager) {
    SubmoduleGraph graph = graph(submodule, chunk, input, manager.newSubManager());
    keep(submodule, graph);
    return Kernels.get().detach(manager, graph.output());
  }

  private void keep(int submodule, SubmoduleGraph graph) {
    kept.computeIfAbsent(submodule, s -> new ArrayList<>()).add(graph);
  }

  private SubmoduleGraph graph(int submodule, Chunk chunk, NDArray input, NDManager owner) {
    return SubmoduleGraph.of(walk.model(), submodule, chunk.batch(), input, walk.wanted(), owner);
  }

  @Override
  public NDArray input(int submodule, int chunk) {
    return kept.get(submodule).get(chunk).input();
  }

  @Override
  public SubmoduleGraph graph(int submodule, int chunk, NDManager local) {
    return submodule == head
        ? graph(submodule, walk.chunks().get(chunk), input(submodule, chunk), local)
        : kept.get(submodule).get(chunk);
  }

  @Override
  public void release(int submodule, int chunk) {
    kept.get(submodule).get(chunk).scope().close();
  }

  @Override
  public void release(int submodule) {
    kept.remove(submodule);
  }
}
