package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;

/**
 * What least squares has to know of tokens for every matrix that reads the same: sums over them, in
 * float64, of what is read in the pruned model and of what should be, both (..., k). A matrix is to
 * write there what its weights write of the latter.
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
   * The sums of one matrix.
   *
   * @param weight (h, k) of float64
   */
  Moments of(NDManager scope, NDArray weight) {
    try (NDManager local = scope.newSubManager()) {
      double squares = ALGEBRA.sumOfProducts(KERNELS.matMul(local, weight, wanted), weight);
      return new Moments(gram, KERNELS.matMul(scope, weight, cross), squares, tokens);
    }
  }
}
