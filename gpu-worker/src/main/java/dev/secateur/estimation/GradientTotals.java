package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is made of the gradients of a submodule's parameters. */
sealed interface GradientTotals {
  /** One for each submodule. */
  @FunctionalInterface
  interface Order {
    /**
     * @param scope owner of the totals
     */
    GradientTotals of(NDManager scope);
  }

  /** Whether a chunk's gradient may be the sum of those of some of its rows at a time. */
  boolean takesRows();

  /** Takes a chunk's gradient, which it may keep. */
  void add(String name, NDArray gradient, Chunk chunk);

  /** Tells of each parameter. */
  void forEach(BlockwiseGradients.Visitor visitor);

  /** The gradient g alone: there is but one chunk. */
  final class FirstOrder implements GradientTotals {
    private final NDManager scope;
    private final Map<String, NDArray> gradients = new LinkedHashMap<>();

    FirstOrder(NDManager scope) {
      this.scope = scope;
    }

    @Override
    public boolean takesRows() {
      return true;
    }

    @Override
    public void add(String name, NDArray gradient, Chunk chunk) {
      gradient.attach(scope);
      gradients.put(name, gradient);
    }

    @Override
    public void forEach(BlockwiseGradients.Visitor visitor) {
      gradients.forEach((name, gradient) -> visitor.visit(name, gradient, null));
    }
  }

  /** The sum g of the chunks' gradients, and F of their squares. */
  final class SecondOrder implements GradientTotals {
    private final Kernels kernels = Kernels.get();
    private final NDManager scope;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    private record Moments(NDArray sum, NDArray squares) {}

    SecondOrder(NDManager scope) {
      this.scope = scope;
    }

    @Override
    public boolean takesRows() {
      return false; // F is of whole chunks
    }

    @Override
    public void add(String name, NDArray gradient, Chunk chunk) {
      long[] shape = gradient.getShape().getShape();
      Moments of =
          moments.computeIfAbsent(
              name, n -> new Moments(kernels.zeros(scope, shape), kernels.zeros(scope, shape)));
      kernels.accumulate(of.sum(), gradient, 1);
      kernels.accumulateSquare(of.squares(), gradient, chunk.squareScale());
    }

    @Override
    public void forEach(BlockwiseGradients.Visitor visitor) {
      moments.forEach((name, of) -> visitor.visit(name, of.sum(), of.squares()));
    }
  }
}
