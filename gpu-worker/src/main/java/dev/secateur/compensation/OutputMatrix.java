package dev.secateur.compensation;

import dev.secateur.model.Ops.Linear;
import java.util.OptionalInt;

/**
 * An affine map whose output is added to the residual stream: the last one of attention, of the MLP
 * or of an expert.
 *
 * @param scale factor of its output before the addition
 * @param normed whether its output is normalised before the addition, so that the stream is not
 *     linear in the matrix
 * @param expert the expert that it belongs to, whose output is mixed with others; none for a matrix
 *     that sees all tokens
 */
record OutputMatrix(Linear layer, double scale, boolean normed, OptionalInt expert) {
  OutputMatrix(Linear layer) {
    this(layer, 1, false, OptionalInt.empty());
  }

  /**
   * How much of the target is the residual stream: nothing where the stream is no sum of the
   * matrix' outputs.
   */
  double stream(Refit refit) {
    return normed || expert.isPresent() ? 0 : refit.stream();
  }

  OutputMatrix scaled(double factor) {
    return new OutputMatrix(layer, scale * factor, normed, expert);
  }

  OutputMatrix afterNorm() {
    return new OutputMatrix(layer, scale, true, expert);
  }

  OutputMatrix of(int number) {
    return new OutputMatrix(layer, scale, normed, OptionalInt.of(number));
  }
}
