package dev.secateur.text;

import java.util.Random;

/**
 * The places of a data set in an order that a seed decides, another in each epoch; a function of
 * the position alone. Used by one thread at a time.
 */
final class Shuffled {
  private final int count;
  private final long seed;
  private int shuffledEpoch = -1;
  private int[] order;

  Shuffled(int count, long seed) {
    this.count = count;
    this.seed = seed;
  }

  int at(long position) {
    shuffle((int) (position / count));
    return order[(int) (position % count)];
  }

  private void shuffle(int epoch) {
    if (epoch == shuffledEpoch) {
      return;
    }
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + epoch);
    order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    shuffledEpoch = epoch;
  }
}
