package dev.secateur.compensation;

import dev.secateur.protocol.Ridge;

/**
 * How matrices are refitted.
 *
 * @param stream tau: how much of the target is the whole model's residual stream; the rest is what
 *     the whole structure would write in the pruned model. It is 0 for structures whose output is
 *     normalised before it is added to the stream
 * @param rest whether structures after the first pruned one are refitted even if they lose nothing;
 *     there is something to fit only if tau is above 0
 * @param biases whether the biases that output matrices have are refitted with them
 * @param leastTokens the fewest tokens that must be routed to an expert for its matrices to be
 *     refitted
 * @param inner how much of the target of inner matrices is what they write of the whole model's
 *     stream; the rest is what they write of the pruned model's. At 0 they are not refitted;
 *     otherwise all are refitted whose stream differs from the whole model's, whatever {@code rest}
 *     says
 */
public record Refit(
    double stream, boolean rest, boolean biases, Ridge ridge, int leastTokens, double inner) {
  private static final int LEAST_TOKENS = 64;

  /** Of output matrices alone. */
  public Refit(double stream, boolean rest, boolean biases, Ridge ridge, int leastTokens) {
    this(stream, rest, biases, ridge, leastTokens, 0);
  }

  /** Of output matrices alone, with the usual number of tokens. */
  public Refit(double stream, boolean rest, boolean biases, Ridge ridge) {
    this(stream, rest, biases, ridge, LEAST_TOKENS);
  }

  /** Half of the stream, everything behind the first pruned structure, biases too. */
  public static Refit of(Ridge ridge) {
    return new Refit(0.5, true, true, ridge);
  }

  /**
   * The same.
   *
   * @param inner whether inner matrices are refitted too, to the whole model's stream alone
   */
  public static Refit of(Ridge ridge, boolean inner) {
    return of(ridge).withInner(inner ? 1 : 0);
  }

  /** The same, and inner matrices too. */
  public Refit withInner(double share) {
    return new Refit(stream, rest, biases, ridge, leastTokens, share);
  }

  /** Into how many parts this many samples are put. */
  int folds(int samples) {
    return ridge.choice() == Ridge.Choice.CROSS_VALIDATION
        ? Math.min(LeastSquares.FOLDS, samples)
        : 1;
  }
}
