package dev.secateur.compensation;

import dev.secateur.protocol.Ridge;

/**
 * How output matrices are refitted.
 *
 * @param stream tau: how much of the target is the whole model's residual stream; the rest is what
 *     the whole structure would write in the pruned model. Of structures whose output is normalised
 *     before it joins the stream it counts as 0
 * @param rest whether structures behind the first pruned one are refitted too where nothing of them
 *     goes; only where tau is above 0 is there anything to fit
 * @param biases whether the biases that output matrices have are refitted with them
 * @param leastTokens that must choose an expert whose matrix is refitted
 */
public record Refit(double stream, boolean rest, boolean biases, Ridge ridge, int leastTokens) {
  private static final int LEAST_TOKENS = 64;

  /** With the usual number of tokens. */
  public Refit(double stream, boolean rest, boolean biases, Ridge ridge) {
    this(stream, rest, biases, ridge, LEAST_TOKENS);
  }

  /** Half of the stream, everything behind the first pruned structure, biases too. */
  public static Refit of(Ridge ridge) {
    return new Refit(0.5, true, true, ridge);
  }
}
