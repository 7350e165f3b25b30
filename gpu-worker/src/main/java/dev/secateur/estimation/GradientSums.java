package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Brings the gradients of a submodule's parameters, chunk by chunk, to their totals. */
final class GradientSums {
  private final Kernels kernels = Kernels.get();
  private final GradientWalk walk;
  private final GradientTotals totals;
  private final Map<String, List<NDArray>> shared;
  private final NDManager scope;
  private final NDManager manager;
  private final Map<String, NDArray> ofRows = new LinkedHashMap<>();

  /**
   * @param shared by chunk the gradients so far of parameters that several submodules use
   * @param scope owner of the sums
   * @param manager owner of what is shared
   */
  GradientSums(
      GradientWalk walk,
      GradientTotals totals,
      Map<String, List<NDArray>> shared,
      NDManager scope,
      NDManager manager) {
    this.walk = walk;
    this.totals = totals;
    this.shared = shared;
    this.scope = scope;
    this.manager = manager;
  }

  /** Tells of each parameter whose gradient is complete. */
  void forEach(BlockwiseGradients.Visitor visitor) {
    totals.forEach(visitor);
  }

  /** Adds the gradient of some rows of the only chunk. */
  void addRows(String name, NDArray found) {
    NDArray gradient = summand(name, found);
    if (walk.uses().of(name) == 1) {
      NDArray sum =
          ofRows.computeIfAbsent(name, n -> kernels.zeros(scope, gradient.getShape().getShape()));
      kernels.accumulate(sum, gradient, 1);
    } else if (shared.containsKey(name)) {
      kernels.accumulate(shared.get(name).get(0), gradient, 1);
    } else {
      gradient.attach(manager);
      shared.put(name, new ArrayList<>(List.of(gradient)));
    }
  }

  /** All rows of the only chunk are added. */
  void endRows(Chunk chunk) {
    ofRows.forEach((name, sum) -> totals.add(name, sum, chunk));
  }

  /**
   * Adds a chunk's gradient; of a parameter used in several submodules only once all have been
   * summed.
   */
  void add(String name, NDArray found, int index) {
    List<Chunk> chunks = walk.chunks();
    NDArray gradient = summand(name, found);
    if (walk.uses().of(name) == 1) {
      totals.add(name, gradient, chunks.get(index));
      return;
    }
    List<NDArray> parts = shared.computeIfAbsent(name, n -> new ArrayList<>());
    if (index == parts.size()) {
      gradient.attach(manager);
      parts.add(gradient);
    } else {
      kernels.accumulate(parts.get(index), gradient, 1);
      if (index == chunks.size() - 1) {
        for (int i = 0; i < parts.size(); i++) {
          totals.add(name, parts.get(i), chunks.get(i));
        }
      }
    }
  }

  /** A gradient in float32, whatever was computed in: what is added up is. */
  private NDArray summand(String name, NDArray gradient) {
    if (gradient.size() == 0) {
      throw new IllegalStateException("parameter '" + name + "' has no gradient");
    }
    if (!kernels.isFinite(gradient)) {
      throw new ArithmeticException("the gradient of '" + name + "' is not finite");
    }
    return kernels.float32(gradient.getManager(), gradient);
  }
}
