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
 * regularised towards the old weights: layer by layer reconstruction as in Optimal Brain
 * Compression (arXiv 2208.11580) and SparseGPT (arXiv 2301.00774), on structures as in ZipLM (arXiv
 * 2302.04089). With G = sum z z^T, R = sum t z^T and D = rho (diag G + 1e-8 mean diag G), the
 * minimum of sum |t - W z|^2 + |(W - W_0) D^(1/2)|^2 is W = (R + W_0 D) (G + D)^-1.
 *
 * <p>Rows of W do not depend on each other: they are solved in groups, so that only a few rows are
 * held beside the sums.
 *
 * <p>k inputs, h outputs.
 */
public final class LeastSquares {
  /** The ridges that cross-validation tries. */
  public static final List<Double> GRID = List.of(10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003);

  /** Into how many folds it puts the samples, where there are as many. */
  public static final int FOLDS = 5;

  /** Rows that are solved together. */
  public static final int ROWS = 512;

  private static final double FLOOR = 1e-8;

  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private final NDArray prior;
  private final int free;

  /**
   * @param prior the weights that were there, (h, k) of float32 or float64
   * @param free how many of the last inputs have no ridge, such as the constant of a bias
   */
  public LeastSquares(NDArray prior, int free) {
    this.prior = prior;
    this.free = free;
  }

  /** The weights that were there: (h, k). */
  NDArray prior() {
    return prior;
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
    try (NDManager local = scope.newSubManager()) {
      Moments all = Moments.all(local, folds);
      boolean validated = ridge.choice() == Ridge.Choice.CROSS_VALIDATION && folds.size() > 1;
      double[] errors = new double[validated ? GRID.size() : 0];
      if (validated) {
        folds.forEach(fold -> addErrors(errors, all, fold));
      }
      double rho = rho(ridge, all.tokens(), errors);
      return new Fit(solve(scope, all, rho), rho);
    }
  }

  /**
   * How strongly the weights are kept.
   *
   * @param errors of {@link #addErrors}, over all folds; none where there is one fold alone, for
   *     which cross-validation takes the rule
   */
  double rho(Ridge ridge, long tokens, double[] errors) {
    return switch (ridge.choice()) {
      case FIXED -> ridge.value();
      case RULE -> rule(tokens);
      case CROSS_VALIDATION -> errors.length == 0 ? rule(tokens) : best(errors);
    };
  }

  /** The rule 2 k / n, of n tokens. */
  private double rule(long tokens) {
    return 2.0 * (prior.getShape().get(1) - free) / Math.max(1, tokens);
  }

  /** The ridge of the grid with the least error; the larger of two. */
  private static double best(double[] errors) {
    int best = 0;
    for (int i = 1; i < errors.length; i++) {
      best = errors[i] < errors[best] ? i : best;
    }
    return GRID.get(best);
  }

  /**
   * Adds what each ridge of the grid errs by on a fold, fitted to all others, less the sum of |t|^2
   * that all of them have. Takes a matrix (k, k) and some rows beside the sums.
   *
   * @param errors by place in the {@link #GRID}
   * @param all sums over all folds
   */
  void addErrors(double[] errors, Moments all, Moments fold) {
    try (NDManager local = all.gram().getManager().newSubManager()) {
      NDArray system = ALGEBRA.zeros(local, all.inputs(), all.inputs());
      for (int i = 0; i < errors.length; i++) {
        ALGEBRA.subtractInto(system, all.gram(), fold.gram());
        double[] ridge = ridge(system, GRID.get(i));
        if (ridge.length == 0) {
          errors[i] += error(prior, fold) - fold.squares();
          continue;
        }
        NDArray d = HostArrays.of(local, ridge); // (k)
        ALGEBRA.addToDiagonal(system, d);
        ALGEBRA.factorInPlace(system);
        for (long row = 0; row < all.outputs(); row += ROWS) {
          try (NDManager some = local.newSubManager()) {
            NDArray left = rows(some, fold.cross(), row);
            NDArray solved = right(some, all, row, d);
            KERNELS.accumulate(solved, left, -1); // R of the others + W_0 D
            ALGEBRA.solveRows(solved, system);
            double own = ALGEBRA.sumOfProducts(KERNELS.matMul(some, solved, fold.gram()), solved);
            errors[i] += own - 2 * ALGEBRA.sumOfProducts(solved, left);
          }
        }
      }
    }
  }

  /**
   * The matrix with a ridge rho: (h, k). Where no token was active it is the prior.
   *
   * @throws dev.secateur.tensor.KernelException when the sums do not determine it, which a ridge
   *     above zero prevents
   */
  public NDArray solve(NDManager scope, Moments moments, double rho) {
    try (NDManager local = scope.newSubManager()) {
      Moments copy = Moments.without(local, List.of(moments), -1);
      solveInPlace(copy, rho);
      NDArray result = copy.cross();
      result.attach(scope);
      return result;
    }
  }

  /** The sums of |t - W z|^2 with the weights that were there, and with those that are fitted. */
  record Errors(double before, double after) {}

  /**
   * The same in the memory of the sums, which are none any more: in place of R there is W.
   *
   * @throws dev.secateur.tensor.KernelException as there
   */
  Errors solveInPlace(Moments moments, double rho) {
    double before = error(prior, moments);
    double[] ridge = ridge(moments.gram(), rho);
    double after = moments.squares();
    try (NDManager local = moments.gram().getManager().newSubManager()) {
      if (ridge.length == 0) {
        KERNELS.write(moments.cross(), 0, ALGEBRA.float64(local, prior));
        return new Errors(before, before);
      }
      NDArray d = HostArrays.of(local, ridge); // (k)
      ALGEBRA.addToDiagonal(moments.gram(), d);
      ALGEBRA.factorInPlace(moments.gram());
      for (long row = 0; row < moments.outputs(); row += ROWS) {
        try (NDManager some = local.newSubManager()) {
          NDArray cross = rows(some, moments.cross(), row);
          NDArray right = right(some, moments, row, d);
          NDArray solved = KERNELS.scale(some, right, 1);
          ALGEBRA.solveRows(solved, moments.gram());
          // W G W^T = (R + W_0 D) W^T - W D W^T
          after += ALGEBRA.sumOfProducts(right, solved) - 2 * ALGEBRA.sumOfProducts(cross, solved);
          after -= ALGEBRA.sumOfProducts(KERNELS.mul(some, solved, d), solved);
          KERNELS.write(moments.cross(), row * moments.inputs(), solved);
        }
      }
      return new Errors(before, after);
    }
  }

  /** Some rows of R + W_0 D. */
  private NDArray right(NDManager scope, Moments moments, long row, NDArray d) {
    NDArray right = KERNELS.mul(scope, ALGEBRA.float64(scope, rows(scope, prior, row)), d);
    KERNELS.accumulate(right, rows(scope, moments.cross(), row), 1);
    return right;
  }

  static NDArray rows(NDManager scope, NDArray matrix, long first) {
    long count = Math.min(ROWS, matrix.getShape().get(0) - first);
    return KERNELS.slice(scope, matrix, 0, first, count);
  }

  /** The diagonal of D; empty where all inputs are zero. */
  private double[] ridge(NDArray gram, double rho) {
    try (NDManager local = gram.getManager().newSubManager()) {
      double[] diagonal = HostArrays.doubles(ALGEBRA.diagonal(local, gram));
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
    double error = moments.squares();
    for (long row = 0; row < moments.outputs(); row += ROWS) {
      try (NDManager local = weight.getManager().newSubManager()) {
        NDArray some = ALGEBRA.float64(local, rows(local, weight, row));
        NDArray product = KERNELS.matMul(local, some, moments.gram());
        error += ALGEBRA.sumOfProducts(product, some);
        error -= 2 * ALGEBRA.sumOfProducts(some, rows(local, moments.cross(), row));
      }
    }
    return error;
  }
}
