package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Linear algebra in float64: sums of products, Cholesky factors and solutions with them; methods of
 * the same TorchScript module as {@link Kernels}. Matrices of these are contiguous and symmetric
 * where that is said.
 *
 * <p>Letters: N tokens, f inputs, h outputs.
 */
public final class LinearAlgebraKernels extends ScriptedKernels {
  private static final LinearAlgebraKernels KERNELS = new LinearAlgebraKernels();

  /** How libtorch says that a library is not there, or was not built in. */
  private static final Pattern MISSING =
      Pattern.compile("dlopen|[Mm]agma|MAGMA|requires compiling PyTorch");

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
   * total += a^T b, in place, in float64 whatever a and b are: a (..., h), b (..., f), total (h, f)
   * of float64.
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
    return factored(scope, "cholesky", x);
  }

  /** The y with L L^T y = b: factor L (f, f), b (f, m) -> (f, m). */
  public NDArray solve(NDManager scope, NDArray factor, NDArray b) {
    return factored(scope, "cholesky_solve", factor, b);
  }

  /**
   * x = U with U^T U = x, in place: (f, f), symmetric and positive definite; zeros below the
   * diagonal. Takes no memory beside x.
   *
   * @throws KernelException when x is not positive definite
   */
  public void factorInPlace(NDArray x) {
    factoredInPlace(x, "factor_in_place");
  }

  /** rows = rows (U^T U)^-1, in place: factor U (f, f) of {@link #factorInPlace}, rows (m, f). */
  public void solveRows(NDArray rows, NDArray factor) {
    factoredInPlace(rows, "solve_rows", factor);
  }

  /** factor = (U^T U)^-1, in place: (f, f), as {@link #factorInPlace} made it. */
  public void invertInPlace(NDArray factor) {
    factoredInPlace(factor, "invert_in_place");
  }

  /** target = a - b, all of one shape. */
  public void subtractInto(NDArray target, NDArray a, NDArray b) {
    inPlace(target, "subtract_into", target, a, b);
  }

  private void factoredInPlace(NDArray target, String method, NDArray... others) {
    Object[] operands = Stream.concat(Stream.of(target), Stream.of(others)).toArray();
    NDManager scope = target.getManager();
    if (!scope.getDevice().equals(Devices.SIMULATED)) {
      try {
        inPlace(target, method, operands);
        return;
      } catch (KernelException e) {
        if (Placement.isHost(scope) || !MISSING.matcher(e.getMessage()).find()) {
          throw e;
        }
      }
    }
    try (NDManager host = scope.newSubManager(Device.cpu());
        NDManager local = scope.newSubManager()) {
      Object[] moved =
          Stream.of(operands).map(one -> Transfers.get().toHost(host, (NDArray) one)).toArray();
      NDArray result = run(host, method, moved);
      Kernels.get().write(target, 0, Transfers.get().toDevice(local, result));
    }
  }

  /**
   * Runs a method of LAPACK's, on the host where the device has none: libtorch loads its part for
   * CUDA, which needs cuSOLVER, only when it is called, and not every installation has them.
   */
  private NDArray factored(NDManager scope, String method, NDArray... operands) {
    if (!scope.getDevice().equals(Devices.SIMULATED)) {
      try {
        return run(scope, method, (Object[]) operands);
      } catch (KernelException e) {
        if (Placement.isHost(scope) || !MISSING.matcher(e.getMessage()).find()) {
          throw e;
        }
      }
    }
    try (NDManager host = scope.newSubManager(Device.cpu())) {
      Object[] moved = Stream.of(operands).map(one -> Transfers.get().toHost(host, one)).toArray();
      return Transfers.get().toDevice(scope, run(host, method, moved));
    }
  }

  /** A copy of the rows and columns of a matrix at some places, with no copy on the way. */
  public NDArray submatrix(NDManager scope, NDArray x, long[] places) {
    try (NDManager local = scope.newSubManager()) {
      return run(scope, "submatrix", x, HostArrays.of(local, places));
    }
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
