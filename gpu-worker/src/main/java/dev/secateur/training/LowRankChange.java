package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;

/**
 * The change of an adapter to one weight W (out, in): W + s B A; with magnitudes m (DoRA, arXiv
 * 2402.09353) each of its rows w becomes m w / |w| after that.
 *
 * @param a (rank, in)
 * @param b (out, rank)
 * @param scale s
 * @param magnitudes m (out); empty for none
 * @param isTransposed whether the weight is stored (in, out)
 */
record LowRankChange(NDArray a, NDArray b, double scale, float[] magnitudes, boolean isTransposed) {

  /** The same with arrays of its own. */
  LowRankChange copied(NDManager owner) {
    StorageKernels kernels = StorageKernels.get();
    return new LowRankChange(
        kernels.duplicate(owner, a), kernels.duplicate(owner, b), scale, magnitudes, isTransposed);
  }

  /** Changes the weight in place. */
  void apply(NDArray weight, NDManager scope) {
    Kernels kernels = Kernels.get();
    NDArray change = kernels.matMul(scope, b, a);
    kernels.accumulate(weight, isTransposed ? kernels.transposed(scope, change) : change, scale);
    if (magnitudes.length > 0) {
      kernels.multiply(weight, factors(weight, scope));
    }
  }

  /** m / |w| to each row: (out, 1), or (1, out) where the weight is transposed. */
  private NDArray factors(NDArray weight, NDManager scope) {
    Kernels kernels = Kernels.get();
    long in = weight.getShape().get(isTransposed ? 0 : 1);
    NDArray squares = kernels.mul(scope, weight, weight);
    NDArray sums =
        isTransposed
            ? kernels.matMul(scope, kernels.ones(scope, 1, in), squares)
            : kernels.matMul(scope, squares, kernels.ones(scope, in, 1));
    float[] factors = HostArrays.floats(sums);
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) (magnitudes[i] / Math.sqrt(factors[i]));
    }
    return HostArrays.of(scope, factors, sums.getShape().getShape());
  }
}
