package dev.secateur.generation;

import java.util.Arrays;

/**
 * Tokens from the most probable down, sorted only as far as they are asked for. Of equal logits the
 * lower token comes first, and 0 before -0. Used by one thread.
 */
final class Ranking {
  private static final int FIRST_SORTED = 256;
  private static final int GROWTH = 8;

  /** Above what quickselect takes by far, unless the keys lie against it. */
  private static final int MOST_ROUNDS = 64;

  /** A number that orders as its logit does, reversed, and below it the token. */
  private final long[] keys;

  private final float[] logits;
  private final double temperature;
  private final float highest;

  /** The keys before this place are sorted, and none after it belongs among them. */
  private int sorted;

  Ranking(float[] logits, double temperature) {
    this.logits = logits;
    this.temperature = temperature;
    this.highest = logits[first(logits)];
    this.keys = new long[logits.length];
    for (int token = 0; token < keys.length; token++) {
      keys[token] = (long) ~ascending(logits[token]) << Integer.SIZE | token;
    }
  }

  /** The token of the highest logit. */
  static int first(float[] logits) {
    int first = 0;
    int highest = ascending(logits[0]);
    for (int token = 1; token < logits.length; token++) {
      int number = ascending(logits[token]);
      if (number > highest) {
        highest = number;
        first = token;
      }
    }
    return first;
  }

  /** Orders as {@link Float#compare} does. */
  private static int ascending(float logit) {
    int bits = Float.floatToRawIntBits(logit);
    return bits ^ bits >> Integer.SIZE - 1 & Integer.MAX_VALUE;
  }

  /** The token at a rank, 0 for the most probable. */
  int token(int rank) {
    if (rank >= sorted) {
      sortTo(Math.min(keys.length, Math.max(rank + 1, Math.max(FIRST_SORTED, GROWTH * sorted))));
    }
    return (int) keys[rank];
  }

  /** The weight of the token at a rank. */
  double weight(int rank) {
    return weightOf(token(rank));
  }

  /** All weights, added up in the order of the tokens. */
  double sumOfWeights() {
    double sum = 0;
    for (int token = 0; token < logits.length; token++) {
      sum += weightOf(token);
    }
    return sum;
  }

  /** In proportion to the token's probability; 1 for the highest logit. */
  private double weightOf(int token) {
    return Math.exp((logits[token] - highest) / temperature);
  }

  private void sortTo(int end) {
    if (end < keys.length) {
      select(end);
    }
    Arrays.sort(keys, sorted, end);
    sorted = end;
  }

  /** Moves the lowest of the unsorted keys before {@code end} (quickselect, Hoare 1961). */
  private void select(int end) {
    int from = sorted;
    int to = keys.length - 1;
    for (int round = 0; from < to; round++) {
      if (round == MOST_ROUNDS) {
        Arrays.sort(keys, from, to + 1);
        return;
      }
      long pivot = median(keys[from], keys[(from + to) >>> 1], keys[to]);
      int low = from;
      int high = to;
      while (low <= high) {
        while (keys[low] < pivot) {
          low++;
        }
        while (keys[high] > pivot) {
          high--;
        }
        if (low <= high) {
          long key = keys[low];
          keys[low++] = keys[high];
          keys[high--] = key;
        }
      }
      if (end <= high) {
        to = high;
      } else if (end > low) {
        from = low;
      } else {
        return;
      }
    }
  }

  private static long median(long a, long b, long c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
