package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Weights;
import dev.secateur.protocol.Ridge;
import dev.secateur.tensor.KernelException;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import dev.secateur.tensor.StorageKernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The least squares of one output matrix of the pruned model, with its bias as a last input of 1
 * where that is refitted. All of it belongs to one scope.
 */
final class MatrixFit {
  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private final NDManager scope;
  private final Linear layer;
  private final boolean withBias;
  private final NDArray prior;
  private final NDArray bias;

  /**
   * @param weights of the pruned model
   * @param biases whether a bias is refitted
   */
  MatrixFit(NDManager scope, Weights weights, Linear layer, boolean biases) {
    this.scope = scope;
    this.layer = layer;
    boolean has = weights.has(layer.biasName());
    this.withBias = biases && has;
    NDArray stored = weights.get(layer.weight());
    NDArray matrix =
        ALGEBRA.float64(scope, layer.transposed() ? KERNELS.transposed(scope, stored) : stored);
    this.bias = has ? KERNELS.scale(scope, weights.get(layer.biasName()), 1) : null;
    this.prior =
        withBias
            ? KERNELS.join(
                scope,
                matrix,
                StorageKernels.get().shaped(scope, ALGEBRA.float64(scope, bias), bias.size(), 1))
            : matrix;
  }

  /** Sums of no tokens yet. */
  Moments moments() {
    return new Moments(scope, prior.getShape().get(1), prior.getShape().get(0));
  }

  /** Counts tokens. */
  void add(NDManager local, Moments moments, Target.Tokens tokens) {
    NDArray read = tokens.read();
    NDArray wanted = tokens.wanted();
    if (withBias) {
      NDArray one = KERNELS.ones(local, read.getShape().get(0), read.getShape().get(1), 1);
      read = KERNELS.join(local, read, one);
    } else if (bias != null) {
      KERNELS.accumulate(wanted, bias, -1);
    }
    moments.add(read, wanted);
  }

  /**
   * Fits and writes.
   *
   * @param owner of what is added to {@code refitted}: the parameters as they were written
   * @throws ArithmeticException naming the matrix when there is no solution
   */
  Fitted solve(
      List<Moments> folds,
      Ridge ridge,
      FittedParameters writer,
      NDManager owner,
      Map<String, NDArray> refitted)
      throws IOException {
    LeastSquares squares = new LeastSquares(prior, withBias ? 1 : 0);
    LeastSquares.Fit fit = fit(squares, folds, ridge);
    Moments all = Moments.all(scope, folds);
    long inputs = prior.getShape().get(1) - (withBias ? 1 : 0);
    NDArray matrix = KERNELS.slice(scope, fit.weight(), 1, 0, inputs);
    List<FittedParameters.Parameter> parameters = new ArrayList<>();
    parameters.add(
        new FittedParameters.Parameter(
            layer.weight(), layer.transposed() ? KERNELS.transposed(scope, matrix) : matrix));
    if (withBias) {
      NDArray column = KERNELS.slice(scope, fit.weight(), 1, inputs, 1);
      parameters.add(
          new FittedParameters.Parameter(
              layer.biasName(), KERNELS.flat(scope, column, 0, column.size())));
    }
    refitted.putAll(writer.write(parameters, owner));
    return new Fitted(
        layer.name(),
        inputs,
        fit.rho(),
        LeastSquares.error(prior, all),
        LeastSquares.error(fit.weight(), all));
  }

  private LeastSquares.Fit fit(LeastSquares squares, List<Moments> folds, Ridge ridge) {
    try {
      return squares.fit(scope, folds, ridge);
    } catch (KernelException e) {
      throw new ArithmeticException(
          "compensation of '"
              + layer.name()
              + "': no least squares with ridge "
              + ridge.label()
              + "; a larger one, or more samples, may do ("
              + e.getMessage()
              + ")");
    }
  }
}
