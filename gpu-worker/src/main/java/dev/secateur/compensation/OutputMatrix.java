package dev.secateur.compensation;

import dev.secateur.model.Ops.Linear;

/**
 * An affine map whose output is added to the residual stream: the last one of attention, of the MLP
 * or of an expert.
 *
 * @param scale factor of its output before the addition
 * @param normed whether its output is normalised before the addition, so that the stream is not
 *     linear in the matrix
 */
record OutputMatrix(Linear layer, double scale, boolean normed, Owner owner) {
  OutputMatrix(Linear layer) {
    this(layer, 1, false, new Owner.Block());
  }

  /**
   * How much of the target is the residual stream: nothing where the stream is no sum of the
   * matrix' outputs.
   */
  double stream(Refit refit) {
    return normed || owner.isExpert() ? 0 : refit.stream();
  }

  OutputMatrix scaled(double factor) {
    return new OutputMatrix(layer, scale * factor, normed, owner);
  }

  OutputMatrix afterNorm() {
    return new OutputMatrix(layer, scale, true, owner);
  }

  OutputMatrix of(Owner.Expert expert) {
    return new OutputMatrix(layer, scale, normed, expert);
  }
}
