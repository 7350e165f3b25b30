package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sums g, and F where it is asked for, of a section's parameters over all chunks. */
final class GradientSums {
  private final Kernels kernels = Kernels.get();
  private final List<Chunk> chunks;
  private final boolean secondOrder;
  private final Uses uses;
  private final Map<String, List<NDArray>> shared;
  private final NDManager scope;
  private final NDManager manager;
  private final Map<String, NDArray> sums = new LinkedHashMap<>();
  private final Map<String, NDArray> squares = new LinkedHashMap<>();

  /**
   * @param shared by chunk the gradients so far of parameters that several sections use
   * @param scope owner of the sums
   * @param manager owner of what is shared
   */
  GradientSums(
      List<Chunk> chunks,
      boolean secondOrder,
      Uses uses,
      Map<String, List<NDArray>> shared,
      NDManager scope,
      NDManager manager) {
    this.chunks = chunks;
    this.secondOrder = secondOrder;
    this.uses = uses;
    this.shared = shared;
    this.scope = scope;
    this.manager = manager;
  }

  /** Tells of each parameter whose gradient is complete. */
  void forEach(BlockwiseGradients.Visitor visitor) {
    sums.forEach((name, sum) -> visitor.visit(name, sum, squares.get(name)));
  }

  /** Adds the gradient of a piece of the only chunk. */
  void addPiece(String name, NDArray found) {
    NDArray gradient = summand(name, found);
    if (uses.of(name) == 1) {
      NDArray sum =
          sums.computeIfAbsent(name, n -> kernels.zeros(scope, gradient.getShape().getShape()));
      kernels.accumulate(sum, gradient, 1);
    } else if (shared.containsKey(name)) {
      kernels.accumulate(shared.get(name).get(0), gradient, 1);
    } else {
      gradient.attach(manager);
      shared.put(name, new ArrayList<>(List.of(gradient)));
    }
  }

  /**
   * Adds a chunk's gradient to g and F; of a parameter used in several sections only once all have
   * been summed.
   */
  void add(String name, NDArray found, int index) {
    NDArray gradient = summand(name, found);
    if (uses.of(name) == 1) {
      accumulate(name, gradient, chunks.get(index));
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
          accumulate(name, parts.get(i), chunks.get(i));
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

  private void accumulate(String name, NDArray gradient, Chunk chunk) {
    if (!secondOrder) {
      gradient.attach(scope);
      sums.put(name, gradient); // there is but one chunk
      return;
    }
    long[] shape = gradient.getShape().getShape();
    NDArray sum = sums.computeIfAbsent(name, n -> kernels.zeros(scope, shape));
    kernels.accumulate(sum, gradient, 1);
    NDArray square = squares.computeIfAbsent(name, n -> kernels.zeros(scope, shape));
    kernels.accumulateSquare(square, gradient, chunk.squareScale());
  }
}
