package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Ops.Linear;
import dev.secateur.model.Weights;
import dev.secateur.tensor.KernelException;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.StorageKernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The least squares of one matrix, with its bias as an additional input of 1 if that is refitted.
 * Everything belongs to one scope.
 */
final class MatrixFit {
  private static final Kernels KERNELS = Kernels.get();

  private final NDManager scope;
  private final Weights weights;
  private final Linear layer;
  private final boolean withBias;
  private final NDArray bias;

  /**
   * @param weights that it has before: of the pruned model, or of the whole one
   * @param biases whether a bias is refitted
   */
  MatrixFit(NDManager scope, Weights weights, Linear layer, boolean biases) {
    this.scope = scope;
    this.weights = weights;
    this.layer = layer;
    boolean has = weights.has(layer.biasName());
    this.withBias = biases && has;
    this.bias = has ? KERNELS.scale(scope, weights.get(layer.biasName()), 1) : null;
  }

  /** Sums of no tokens yet, of a scope. */
  Moments moments(NDManager owner) {
    List<Long> shape = weights.shapes().get(layer.weight());
    int in = layer.transposed() ? 0 : 1;
    return new Moments(owner, shape.get(in) + (withBias ? 1 : 0), shape.get(1 - in));
  }

  /**
   * The least squares around the weights that are there; a copy, so that the model may let its own
   * go.
   */
  LeastSquares leastSquares() {
    NDArray stored = weights.get(layer.weight());
    NDArray matrix =
        layer.transposed() ? KERNELS.transposed(scope, stored) : KERNELS.scale(scope, stored, 1);
    NDArray prior =
        withBias
            ? KERNELS.join(scope, matrix, StorageKernels.get().shaped(scope, bias, bias.size(), 1))
            : matrix;
    return new LeastSquares(prior, withBias ? 1 : 0);
  }

  /** Counts tokens. */
  void add(NDManager local, Moments moments, Target.Tokens tokens) {
    NDArray read = tokens.read();
    NDArray wanted = tokens.wanted();
    if (withBias) {
      read = withOne(local, read);
    } else if (bias != null) {
      KERNELS.accumulate(wanted, bias, -1);
    }
    moments.add(read, wanted);
  }

  /** x with a last entry of 1: (..., k) -> (..., k + 1). */
  static NDArray withOne(NDManager scope, NDArray x) {
    long[] shape = x.getShape().getShape().clone();
    shape[shape.length - 1] = 1;
    return KERNELS.join(scope, x, KERNELS.ones(scope, shape));
  }

  /**
   * Fits in the memory of the sums, and writes.
   *
   * @param owner of what is added to {@code refitted}: the parameters as they were written
   * @throws ArithmeticException naming the matrix when there is no solution
   */
  Fitted solve(
      LeastSquares squares,
      Moments all,
      double rho,
      FittedParameters writer,
      NDManager owner,
      Map<String, NDArray> refitted)
      throws IOException {
    LeastSquares.Errors errors = solved(squares, all, rho);
    refitted.putAll(writer.write(parameters(all.cross()), owner));
    return new Fitted(layer.name(), inputs(all.cross()), rho, errors.before(), errors.after());
  }

  /**
   * Fits in the memory of the sums; nothing is written.
   *
   * @param owner of what is added to {@code refitted}: the parameters in float32
   * @throws ArithmeticException naming the matrix when there is no solution
   */
  void solve(
      LeastSquares squares,
      Moments all,
      double rho,
      NDManager owner,
      Map<String, NDArray> refitted) {
    solved(squares, all, rho);
    for (FittedParameters.Parameter one : parameters(all.cross())) {
      NDArray array = KERNELS.float32(scope, one.array());
      array.attach(owner);
      refitted.put(one.name(), array);
    }
  }

  private LeastSquares.Errors solved(LeastSquares squares, Moments all, double rho) {
    LeastSquares.Errors errors = named(() -> squares.solveInPlace(all, rho), rho);
    all.gram().close();
    return errors;
  }

  private long inputs(NDArray fitted) {
    return fitted.getShape().get(1) - (withBias ? 1 : 0);
  }

  private List<FittedParameters.Parameter> parameters(NDArray fitted) {
    long inputs = inputs(fitted);
    NDArray matrix = KERNELS.slice(scope, fitted, 1, 0, inputs);
    List<FittedParameters.Parameter> parameters = new ArrayList<>();
    parameters.add(
        new FittedParameters.Parameter(
            layer.weight(), layer.transposed() ? KERNELS.transposed(scope, matrix) : matrix));
    if (withBias) {
      NDArray column = KERNELS.slice(scope, fitted, 1, inputs, 1);
      parameters.add(
          new FittedParameters.Parameter(
              layer.biasName(), KERNELS.flat(scope, column, 0, column.size())));
    }
    return parameters;
  }

  /**
   * Adds what each ridge errs by on a fold.
   *
   * @throws ArithmeticException naming the matrix when there is no solution
   */
  void addErrors(LeastSquares squares, double[] errors, Moments all, Moments fold) {
    named(
        () -> {
          squares.addErrors(errors, all, fold);
          return errors;
        },
        LeastSquares.GRID.get(LeastSquares.GRID.size() - 1));
  }

  /** Has the error of a system without solution name the matrix and the ridge. */
  <T> T named(Supplier<T> work, double rho) {
    try {
      return work.get();
    } catch (KernelException e) {
      throw new ArithmeticException(
          "compensation of '"
              + layer.name()
              + "': least squares fails with ridge "
              + rho
              + "; use a larger one, or more samples ("
              + e.getMessage()
              + ")");
    }
  }
}
