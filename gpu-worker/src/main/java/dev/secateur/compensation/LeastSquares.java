package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.Ridge;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.Arrays;
import java.util.List;

/**
 * The matrix whose outputs are nearest to given ones (ridge regression, Hoerl and Kennard 1970),
 * drawn towards the weights that were there: layer by layer reconstruction as in Optimal Brain
 * Compression (arXiv 2208.11580) and SparseGPT (arXiv 2301.00774), on structures as in ZipLM (arXiv
 * 2302.04089). With G = sum z z^T, R = sum t z^T and D = rho (diag G + 1e-8 mean diag G), the
 * minimum of sum |t - W z|^2 + |(W - W_0) D^(1/2)|^2 is W = (R + W_0 D) (G + D)^-1.
 *
 * <p>k inputs, h outputs.
 */
public final class LeastSquares {
  /** The ridges that cross-validation tries. */
  public static final List<Double> GRID = List.of(10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003);

  /** Into how many folds it puts the samples, where there are as many. */
  public static final int FOLDS = 5;

  private static final double FLOOR = 1e-8;

  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private final NDArray prior;
  private final int free;

  /**
   * @param prior the weights that were there, (h, k) of float64
   * @param free how many of the last inputs have no ridge, such as the constant of a bias
   */
  public LeastSquares(NDArray prior, int free) {
    this.prior = prior;
    this.free = free;
  }

  /** A fitted matrix (h, k) of float64, and the ridge that it was fitted with. */
  public record Fit(NDArray weight, double rho) {}

  /**
   * The matrix with the ridge that is asked for.
   *
   * @param folds sums over parts of the samples; cross-validation takes the rule where there is one
   *     alone
   */
  public Fit fit(NDManager scope, List<Moments> folds, Ridge ridge) {
    double rho =
        switch (ridge.choice()) {
          case FIXED -> ridge.value();
          case RULE -> rule(folds);
          case CROSS_VALIDATION -> folds.size() < 2 ? rule(folds) : crossValidated(scope, folds);
        };
    try (NDManager local = scope.newSubManager()) {
      return new Fit(solve(scope, Moments.without(local, folds, -1), rho), rho);
    }
  }

  /** The rule 2 k / n, of n tokens. */
  private double rule(List<Moments> folds) {
    long tokens = folds.stream().mapToLong(Moments::tokens).sum();
    return 2.0 * (prior.getShape().get(1) - free) / Math.max(1, tokens);
  }

  /** The ridge of the grid with the least error on folds that were left out; the larger of two. */
  double crossValidated(NDManager scope, List<Moments> folds) {
    double[] errors = new double[GRID.size()];
    for (int fold = 0; fold < folds.size(); fold++) {
      try (NDManager local = scope.newSubManager()) {
        Moments others = Moments.without(local, folds, fold);
        for (int i = 0; i < errors.length; i++) {
          try (NDManager one = local.newSubManager()) {
            errors[i] += error(solve(one, others, GRID.get(i)), folds.get(fold));
          }
        }
      }
    }
    int best = 0;
    for (int i = 1; i < errors.length; i++) {
      best = errors[i] < errors[best] ? i : best;
    }
    return GRID.get(best);
  }

  /**
   * The matrix with a ridge rho: (h, k). Where no token was active it is the prior.
   *
   * @throws dev.secateur.tensor.KernelException when the sums do not determine it, which a ridge
   *     above zero prevents
   */
  public NDArray solve(NDManager scope, Moments moments, double rho) {
    try (NDManager local = scope.newSubManager()) {
      double[] ridge = ridge(moments, rho);
      NDArray result;
      if (ridge.length == 0) {
        result = KERNELS.scale(local, prior, 1);
      } else {
        NDArray d = HostArrays.of(local, ridge); // (k)
        NDArray damped = KERNELS.scale(local, moments.gram(), 1);
        ALGEBRA.addToDiagonal(damped, d);
        NDArray right = KERNELS.mul(local, prior, d);
        KERNELS.accumulate(right, moments.cross(), 1); // (h, k)
        NDArray solved =
            ALGEBRA.solve(local, ALGEBRA.cholesky(local, damped), KERNELS.transposed(local, right));
        result = KERNELS.scale(local, KERNELS.transposed(local, solved), 1);
      }
      result.attach(scope);
      return result;
    }
  }

  /** The diagonal of D; empty where all inputs are zero. */
  private double[] ridge(Moments moments, double rho) {
    try (NDManager local = moments.gram().getManager().newSubManager()) {
      double[] diagonal = HostArrays.doubles(ALGEBRA.diagonal(local, moments.gram()));
      int penalised = diagonal.length - free;
      double mean = Arrays.stream(diagonal, 0, penalised).average().orElse(0);
      if (mean == 0) {
        return new double[0];
      }
      double[] ridge = new double[diagonal.length];
      for (int i = 0; i < penalised; i++) {
        ridge[i] = rho * (diagonal[i] + FLOOR * mean);
      }
      return ridge;
    }
  }

  /** The sum over tokens of |t - W z|^2. */
  public static double error(NDArray weight, Moments moments) {
    try (NDManager local = weight.getManager().newSubManager()) {
      double own = ALGEBRA.sumOfProducts(KERNELS.matMul(local, weight, moments.gram()), weight);
      return moments.squares() - 2 * ALGEBRA.sumOfProducts(weight, moments.cross()) + own;
    }
  }
}
