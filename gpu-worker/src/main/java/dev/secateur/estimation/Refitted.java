package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * An output matrix without some of its units, refitted by ridge regression to what the whole one
 * writes in the dense model: with K what it keeps, D = rho (diag G_KK + 1e-8 of its mean) and the
 * rule rho = 2 k / n, W_K' = (W G_.K + W_K D) (G_KK + D)^-1, in float64.
 */
final class Refitted {
  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();
  private static final double FLOOR = 1e-8;

  private final Model model;
  private final OutputMatrix matrix;
  private final NDArray whole;
  private final NDArray gram;
  private final long tokens;

  /**
   * @param gram of its inputs, unit by unit
   * @param tokens that it is a sum over
   */
  Refitted(Model model, OutputMatrix matrix, NDArray gram, long tokens, NDManager scope) {
    this.model = model;
    this.matrix = matrix;
    this.whole = matrix.weight(model, scope);
    this.gram = gram;
    this.tokens = tokens;
  }

  /** The weight in the model's layout and precision, zero where it reads units that are gone. */
  NDArray without(int[] gone, NDManager scope) {
    boolean[] out = new boolean[matrix.structure().units()];
    Arrays.stream(gone).forEach(unit -> out[unit] = true);
    long[] kept =
        IntStream.range(0, matrix.size())
            .filter(input -> !out[input / matrix.width()])
            .asLongStream()
            .toArray();
    try (NDManager local = scope.newSubManager()) {
      NDArray fitted = fitted(kept, local);
      NDArray like = model.weights().get(matrix.layer().weight());
      NDArray stored = matrix.stored(fitted, kept, like, local);
      stored.attach(scope);
      return stored;
    }
  }

  /** (out, kept). */
  private NDArray fitted(long[] kept, NDManager local) {
    NDArray prior = KERNELS.select(local, whole, 1, kept);
    double[] all = HostArrays.doubles(ALGEBRA.diagonal(local, gram));
    double[] diagonal = Arrays.stream(kept).mapToDouble(place -> all[(int) place]).toArray();
    double mean = Arrays.stream(diagonal).average().orElse(0);
    if (mean == 0) {
      return prior; // no token comes by
    }
    double rho = 2.0 * kept.length / tokens;
    double[] ridge = Arrays.stream(diagonal).map(d -> rho * (d + FLOOR * mean)).toArray();
    NDArray d = HostArrays.of(local, ridge);
    NDArray right = KERNELS.mul(local, prior, d);
    try (NDManager product = local.newSubManager()) {
      NDArray columns = KERNELS.select(product, gram, 1, kept); // (f, k)
      KERNELS.accumulate(right, KERNELS.matMul(product, whole, columns), 1); // (out, k)
    }
    NDArray system = ALGEBRA.submatrix(local, gram, kept); // (k, k)
    ALGEBRA.addToDiagonal(system, d);
    ALGEBRA.factorInPlace(system);
    ALGEBRA.solveRows(right, system);
    return right;
  }
}
