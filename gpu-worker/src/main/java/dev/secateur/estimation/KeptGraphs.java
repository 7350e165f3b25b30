package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Keeps the graph of every section but the head, whose logits are large, from the forward pass. */
final class KeptGraphs implements SectionGraphs {
  private final GradientWalk walk;
  private final int head;
  private final Map<Integer, List<SectionGraph>> kept = new HashMap<>();

  /** Runs every section but the head on every chunk. */
  KeptGraphs(GradientWalk walk, NDManager manager) {
    this.walk = walk;
    this.head = new Sections(walk.model()).head();
    for (Chunk chunk : walk.chunks()) {
      NDArray x = chunk.batch().ids(manager);
      for (int section = 0; section < head; section++) {
        x =
            section < walk.lowest()
                ? SectionGraphs.output(walk.model(), section, chunk.batch(), x, manager)
                : keep(section, chunk, x, manager);
      }
      keep(head, SectionGraph.of(x, manager.newSubManager()));
    }
  }

  private NDArray keep(int section, Chunk chunk, NDArray input, NDManager manager) {
    SectionGraph graph = graph(section, chunk, input, manager.newSubManager());
    keep(section, graph);
    return Kernels.get().detach(manager, graph.output());
  }

  private void keep(int section, SectionGraph graph) {
    kept.computeIfAbsent(section, s -> new ArrayList<>()).add(graph);
  }

  private SectionGraph graph(int section, Chunk chunk, NDArray input, NDManager owner) {
    return SectionGraph.of(walk.model(), section, chunk.batch(), input, walk.wanted(), owner);
  }

  @Override
  public NDArray input(int section, int chunk) {
    return kept.get(section).get(chunk).input();
  }

  @Override
  public SectionGraph graph(int section, int chunk, NDManager local) {
    return section == head
        ? graph(section, walk.chunks().get(chunk), input(section, chunk), local)
        : kept.get(section).get(chunk);
  }

  @Override
  public void release(int section, int chunk) {
    kept.get(section).get(chunk).scope().close();
  }

  @Override
  public void release(int section) {
    kept.remove(section);
  }
}
