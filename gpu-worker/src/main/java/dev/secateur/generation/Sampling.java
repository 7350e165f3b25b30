package dev.secateur.generation;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How the next token is drawn.
 *
 * @param temperature what logits are divided by; 0 for always the most probable token
 * @param topK only the most probable tokens are drawn from; 0 for all
 * @param topP only the fewest tokens whose probabilities reach this sum are drawn from
 */
public record Sampling(double temperature, int topK, double topP) {

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
    List<Integer> order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer token) -> -logits[token]))
            .limit(temperature == 0 ? 1 : topK == 0 ? logits.length : topK)
            .toList();
    if (temperature == 0) {
      return order.get(0);
    }
    double[] weights = new double[order.size()];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp((logits[order.get(i)] - logits[order.get(0)]) / temperature);
      sum += weights[i];
    }
    int kept = 0;
    double reached = 0;
    while (kept < weights.length && reached < topP * sum) {
      reached += weights[kept++];
    }
    double at = random.nextDouble() * reached;
    for (int i = 0; i < kept; i++) {
      at -= weights[i];
      if (at < 0) {
        return order.get(i);
      }
    }
    return order.get(Math.max(0, kept - 1));
  }
}
