package dev.secateur.model;

/** The slopes of attention with linear biases (arXiv 2108.12409). */
public final class Alibi {
  private Alibi() {}

  /** One slope to a head: powers of two, and between them where the heads are no power of two. */
  public static double[] slopes(int heads) {
    int power = Integer.highestOneBit(heads);
    double[] slopes = new double[heads];
    for (int head = 0; head < heads; head++) {
      slopes[head] =
          head < power
              ? Math.pow(2, -8.0 * (head + 1) / power)
              : Math.pow(2, -4.0 * (2 * (head - power) + 1) / power);
    }
    return slopes;
  }
}
