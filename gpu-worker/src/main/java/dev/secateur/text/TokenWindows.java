package dev.secateur.text;

import dev.secateur.model.Batch;
import java.util.Arrays;
import java.util.Random;

/**
 * Windows of equal length cut from a document, in an order that a seed decides; a function of the
 * step alone.
 */
public final class TokenWindows {
  private final long[] tokens;
  private final int length;
  private final int batch;
  private final long seed;
  private int shuffledEpoch = -1;
  private int[] starts;

  /**
   * @param length tokens of a window
   * @param batch windows of a step
   */
  public TokenWindows(long[] tokens, int length, int batch, long seed) {
    if (tokens.length < 2 * length) {
      throw new IllegalArgumentException(
          tokens.length + " tokens are too few for windows of " + length);
    }
    this.tokens = tokens;
    this.length = length;
    this.batch = batch;
    this.seed = seed;
  }

  /**
   * The batch of a step: windows without repetition until the document is used up, then shifted and
   * shuffled again.
   */
  public Batch at(int step) {
    int perEpoch = (tokens.length - length) / length;
    long[][] rows = new long[batch][];
    for (int i = 0; i < batch; i++) {
      long index = (long) step * batch + i;
      shuffle((int) (index / perEpoch), perEpoch);
      int start = starts[(int) (index % perEpoch)];
      rows[i] = Arrays.copyOfRange(tokens, start, start + length);
    }
    return Batch.causal(rows);
  }

  private void shuffle(int epoch, int count) {
    if (epoch == shuffledEpoch) {
      return;
    }
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + epoch);
    int offset = random.nextInt(length);
    starts = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      starts[i] = starts[j];
      starts[j] = offset + i * length;
    }
    shuffledEpoch = epoch;
  }
}
