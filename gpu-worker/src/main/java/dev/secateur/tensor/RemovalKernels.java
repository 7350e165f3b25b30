package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Operations of Optimal Brain Surgeon and profiles, in float64; methods of the same TorchScript
 * module as {@link Kernels}.
 *
 * <p>Letters: f inputs of a matrix, w inputs of a unit, u = f / w units, p rows.
 */
public final class RemovalKernels extends ScriptedKernels {
  private static final RemovalKernels KERNELS = new RemovalKernels();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private RemovalKernels() {}

  /** The kernels; the first that is run starts DJL's engine. */
  public static RemovalKernels get() {
    return KERNELS;
  }

  /**
   * Of each unit tr(a_u (v_uu)^-1 a_u^T): matrix a (p, f), inverse Hessian v (f, f), units of
   * {@code width} inputs that stand side by side -> (u).
   *
   * @throws KernelException where a unit's part of v is not positive definite, of units of several
   *     inputs
   */
  public NDArray scores(NDManager scope, NDArray a, NDArray v, int width) {
    if (width == 1) {
      return run(scope, "channel_scores", a, v);
    }
    try (NDManager local = scope.newSubManager()) {
      NDArray factors = ALGEBRA.cholesky(local, run(local, "unit_blocks", v, (long) width));
      NDArray columns = run(local, "unit_columns", a, (long) width); // (u, w, p)
      return run(scope, "unit_products", columns, ALGEBRA.solve(local, factors, columns));
    }
  }

  /**
   * Takes inputs r out in place, a -= a_r (v_rr)^-1 v_r and v -= v_.r (v_rr)^-1 v_r, which leaves
   * zeros where they were.
   *
   * @return tr(a_r (v_rr)^-1 a_r^T), of what a and v were
   */
  public double remove(NDArray a, NDArray v, long[] inputs) {
    try (NDManager local = a.getManager().newSubManager()) {
      Kernels kernels = Kernels.get();
      NDArray rows = kernels.select(local, v, 0, inputs); // (r, f)
      NDArray factor = ALGEBRA.cholesky(local, kernels.select(local, rows, 1, inputs));
      NDArray spread = ALGEBRA.solve(local, factor, rows); // (r, f)
      NDArray columns = kernels.select(local, a, 1, inputs); // (p, r)
      NDArray across = kernels.transposed(local, columns);
      double loss = ALGEBRA.sumOfProducts(across, ALGEBRA.solve(local, factor, across));
      inPlace(a, "subtract_product", a, columns, spread);
      inPlace(v, "subtract_product", v, kernels.transposed(local, rows), spread);
      return loss;
    }
  }

  /**
   * The sum over all positions of the divergence of what other logits predict from what these do,
   * KL(p || q) (Kullback and Leibler 1951) in nats, computed in float64: both (..., V).
   */
  public double divergenceSum(NDArray whole, NDArray other) {
    try (NDManager local = whole.getManager().newSubManager()) {
      return HostArrays.doubles(run(local, "divergence_sum", whole, other))[0];
    }
  }
}
