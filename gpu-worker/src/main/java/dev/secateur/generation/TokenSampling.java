package dev.secateur.generation;

import java.util.Random;

/**
 * How the next token is drawn.
 *
 * @param temperature what logits are divided by; 0 for always the most probable token
 * @param topK only the most probable tokens are drawn from; 0 for all
 * @param topP only the fewest tokens whose probabilities reach this sum are drawn from
 */
public record TokenSampling(double temperature, int topK, double topP) {
  /** No token, since the bounds of the sum leave open which. */
  private static final int OPEN = -1;

  /**
   * Draws a token.
   *
   * @throws ArithmeticException when a logit is not finite
   */
  int draw(float[] logits, Random random) {
    for (float logit : logits) {
      if (!Float.isFinite(logit)) {
        throw new ArithmeticException("a logit of the next token is " + logit);
      }
    }
    if (temperature == 0) {
      return Ranking.first(logits);
    }
    Ranking ranking = new Ranking(logits, temperature);
    int candidates = topK == 0 ? logits.length : Math.min(topK, logits.length);
    double share = random.nextDouble();
    int rank = candidates < logits.length ? OPEN : rankOfAll(ranking, candidates, share);
    if (rank == OPEN) {
      double sum = 0;
      for (int i = 0; i < candidates; i++) {
        sum += ranking.weight(i);
      }
      rank = rank(ranking, candidates, share, sum, sum);
    }
    return ranking.token(rank);
  }

  /**
   * The rank drawn from the whole vocabulary, mostly without sorting it. The sum that counts is
   * that of the sorted weights. In any other order it differs by rounding alone: each of two sums
   * of n terms that are not negative lies within about n 2^-53 of the true one, relative to it.
   */
  private int rankOfAll(Ranking ranking, int vocabulary, double share) {
    double sum = ranking.sumOfWeights();
    double rounding = 4 * vocabulary * 0x1p-53;
    return rank(ranking, vocabulary, share, sum * (1 - rounding), sum * (1 + rounding));
  }

  /**
   * The rank drawn, computed for both bounds of the sum. Rounded operations are monotonic, so where
   * the bounds agree every sum between them gives this rank.
   *
   * @param share in [0, 1), how far along the tokens that are kept
   * @return {@link #OPEN} where the bounds do not agree
   */
  private int rank(Ranking ranking, int candidates, double share, double least, double most) {
    double lower = least;
    double upper = most;
    if (topP < 1) {
      double reached = 0;
      for (int kept = 0; kept < candidates && reached < topP * least; kept++) {
        reached += ranking.weight(kept);
      }
      if (reached < topP * most && least < most) {
        return OPEN;
      }
      lower = reached;
      upper = reached;
    }
    lower *= share;
    upper *= share;
    double before = 0;
    int rank = 0;
    for (; rank < candidates && before < topP * least; rank++) {
      double weight = ranking.weight(rank);
      lower -= weight;
      upper -= weight;
      if (upper < 0) {
        return rank;
      } else if (lower < 0) {
        return OPEN;
      }
      before += weight;
    }
    return least < most ? OPEN : Math.max(0, rank - 1);
  }
}
