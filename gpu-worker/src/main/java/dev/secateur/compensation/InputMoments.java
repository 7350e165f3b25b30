package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;

/**
 * The sums over tokens that least squares needs for all matrices that read the same input, in
 * float64: of what is read in the pruned model and of what should be read, both (..., k). The
 * target of a matrix is what its weights write for the latter.
 */
final class InputMoments {
  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private final NDArray gram;
  private final NDArray cross;
  private final NDArray wanted;
  private long tokens;

  /** Sums of nothing yet, which belong to the scope. */
  InputMoments(NDManager scope, long inputs) {
    gram = ALGEBRA.zeros(scope, inputs, inputs);
    cross = ALGEBRA.zeros(scope, inputs, inputs);
    wanted = ALGEBRA.zeros(scope, inputs, inputs);
  }

  /** Counts some tokens: what is read of them, and what should be. */
  void add(NDArray read, NDArray should) {
    ALGEBRA.accumulateProduct(gram, read, read);
    ALGEBRA.accumulateProduct(cross, should, read);
    ALGEBRA.accumulateProduct(wanted, should, should);
    tokens += read.size() / gram.getShape().get(0);
  }

  long tokens() {
    return tokens;
  }

  /**
   * The sums of one matrix, which share the Gram matrix with these.
   *
   * @param weight (h, k)
   */
  Moments of(NDManager scope, NDArray weight) {
    return of(scope, weight, gram);
  }

  /** The same with a copy of it, which solving may take the place of. */
  Moments copyOf(NDManager scope, NDArray weight) {
    return of(scope, weight, KERNELS.scale(scope, gram, 1));
  }

  private Moments of(NDManager scope, NDArray weight, NDArray gram) {
    long inputs = gram.getShape().get(0);
    NDArray written = ALGEBRA.zeros(scope, weight.getShape().get(0), inputs);
    double squares = 0;
    for (long row = 0; row < weight.getShape().get(0); row += LeastSquares.ROWS) {
      try (NDManager local = scope.newSubManager()) {
        NDArray some = ALGEBRA.float64(local, LeastSquares.rows(local, weight, row));
        KERNELS.write(written, row * inputs, KERNELS.matMul(local, some, cross));
        squares += ALGEBRA.sumOfProducts(KERNELS.matMul(local, some, wanted), some);
      }
    }
    return new Moments(gram, written, squares, tokens);
  }
}
