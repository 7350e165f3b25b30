package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import java.util.List;

/**
 * The sums over tokens that least squares needs, in float64, of what a matrix reads and what it
 * should write. They add up over parts of the tokens.
 *
 * <p>k inputs, h outputs.
 */
public final class Moments {
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();

  private final NDArray gram;
  private final NDArray cross;
  private double squares;
  private long tokens;

  /** Sums of nothing yet, which belong to the scope. */
  public Moments(NDManager scope, long inputs, long outputs) {
    gram = ALGEBRA.zeros(scope, inputs, inputs);
    cross = ALGEBRA.zeros(scope, outputs, inputs);
  }

  /** Sums that were made elsewhere. */
  Moments(NDArray gram, NDArray cross, double squares, long tokens) {
    this.gram = gram;
    this.cross = cross;
    this.squares = squares;
    this.tokens = tokens;
  }

  /**
   * Counts some tokens.
   *
   * @param read by the matrix, (..., k)
   * @param wanted that it should write, (..., h)
   */
  public void add(NDArray read, NDArray wanted) {
    ALGEBRA.accumulateProduct(gram, read, read);
    ALGEBRA.accumulateProduct(cross, wanted, read);
    squares += Kernels.get().squareNorm(wanted);
    tokens += read.size() / gram.getShape().get(0);
  }

  /** The sum of z z^T: (k, k). */
  public NDArray gram() {
    return gram;
  }

  /** The sum of t z^T: (h, k). */
  public NDArray cross() {
    return cross;
  }

  /** The sum of t^T t. */
  public double squares() {
    return squares;
  }

  /** k. */
  long inputs() {
    return gram.getShape().get(0);
  }

  /** h. */
  long outputs() {
    return cross.getShape().get(0);
  }

  public long tokens() {
    return tokens;
  }

  /** The sums of all parts. */
  static Moments all(NDManager scope, List<Moments> parts) {
    return parts.size() == 1 ? parts.get(0) : without(scope, parts, -1);
  }

  /** The sums of all parts but one, in their order; all of them where it is none of theirs. */
  static Moments without(NDManager scope, List<Moments> parts, int left) {
    NDArray some = parts.get(0).cross;
    Moments total = new Moments(scope, some.getShape().get(1), some.getShape().get(0));
    for (int part = 0; part < parts.size(); part++) {
      if (part != left) {
        Moments one = parts.get(part);
        Kernels.get().accumulate(total.gram, one.gram, 1);
        Kernels.get().accumulate(total.cross, one.cross, 1);
        total.squares += one.squares;
        total.tokens += one.tokens;
      }
    }
    return total;
  }
}
