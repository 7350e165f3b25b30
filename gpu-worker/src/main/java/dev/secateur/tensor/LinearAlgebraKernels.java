package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Linear algebra in float64: sums of products, Cholesky factors and what they solve; methods of the
 * same TorchScript module as {@link Kernels}. Matrices of these are contiguous and symmetric where
 * that is said.
 *
 * <p>Letters: N tokens, f inputs, h outputs.
 */
public final class LinearAlgebraKernels extends ScriptedKernels {
  private static final LinearAlgebraKernels KERNELS = new LinearAlgebraKernels();

  private LinearAlgebraKernels() {}

  /** The kernels; the first that is run starts DJL's engine. */
  public static LinearAlgebraKernels get() {
    return KERNELS;
  }

  /** The same numbers in float64; the same memory where they are already. */
  public NDArray float64(NDManager scope, NDArray x) {
    return run(scope, "float64", x);
  }

  /** Float64 zeros on the scope's device. */
  public NDArray zeros(NDManager scope, long... shape) {
    return run(scope, "zeros_float64", shape, Devices.name(scope.getDevice()));
  }

  /**
   * total += a^T b, in place: a (..., h), b (..., f), total (h, f) of float64. The product of one
   * call is rounded as a and b are, which are of one type; the sum over calls is float64.
   */
  public void accumulateProduct(NDArray total, NDArray a, NDArray b) {
    inPlace(total, "add_product", total, a, b);
  }

  /**
   * The lower triangular L with L L^T = x: (f, f), symmetric and positive definite.
   *
   * @throws KernelException when x is not positive definite
   */
  public NDArray cholesky(NDManager scope, NDArray x) {
    return run(scope, "cholesky", x);
  }

  /** The y with L L^T y = b: factor L (f, f), b (f, m) -> (f, m). */
  public NDArray solve(NDManager scope, NDArray factor, NDArray b) {
    return run(scope, "cholesky_solve", factor, b);
  }

  /** The inverse of L L^T: (f, f) -> (f, f). */
  public NDArray inverse(NDManager scope, NDArray factor) {
    return run(scope, "cholesky_inverse", factor);
  }

  /** A copy of the diagonal: (f, f) -> (f). */
  public NDArray diagonal(NDManager scope, NDArray x) {
    return run(scope, "diagonal", x);
  }

  /** The diagonal of target (f, f) += values (f), in place. */
  public void addToDiagonal(NDArray target, NDArray values) {
    inPlace(target, "add_to_diagonal", target, values);
  }

  /** The sum of a * b element by element, in float64: tr(a b^T) of matrices. */
  public double sumOfProducts(NDArray a, NDArray b) {
    try (NDManager local = a.getManager().newSubManager()) {
      return HostArrays.doubles(run(local, "sum_of_products", a, b))[0];
    }
  }
}
