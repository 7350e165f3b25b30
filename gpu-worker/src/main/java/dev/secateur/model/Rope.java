package dev.secateur.model;

import java.util.List;
import java.util.Optional;

/**
 * Rotary position embedding (arXiv 2104.09864): the halves of a head's first {@code width} channels
 * are rotated against each other, the channels after them stay.
 *
 * @param theta the base of the wave lengths
 * @param width the channels that are rotated
 * @param scaling how the wave lengths are stretched for longer texts
 * @param positions what a token's position is
 */
public record Rope(double theta, int width, Scaling scaling, Positions positions) {

  /** Rotary positions without scaling. */
  public static Rope plain(double theta, int width) {
    return new Rope(theta, width, new Scaling.None(), new Positions.Sequence());
  }

  /** How wave lengths are stretched. */
  public sealed interface Scaling {
    record None() implements Scaling {}

    /** Positions are divided by the factor (arXiv 2306.15595). */
    record Linear(double factor) implements Scaling {}

    /** The base grows with texts longer than those of the training. */
    record Dynamic(double factor, int trained) implements Scaling {}

    /** Long waves are stretched, short ones kept, those between blended (Llama 3.1). */
    record Llama3(double factor, double low, double high, int trained) implements Scaling {}

    /**
     * As Llama 3, but the blend is linear in the number of a pair of channels (arXiv 2309.00071).
     *
     * @param fast the turns within the training's length from which on a wave is kept
     * @param slow the turns up to which it is stretched
     * @param truncate whether the blend begins and ends at whole numbers
     * @param amplitude what the rotated channels are multiplied with
     */
    record Yarn(
        double factor, double fast, double slow, boolean truncate, int trained, double amplitude)
        implements Scaling {

      /** The share of the stretched wave in that of a pair of channels. */
      private double stretched(int pair, double theta, int width) {
        double from = at(fast, theta, width);
        double to = at(slow, theta, width);
        from = Math.max(truncate ? Math.floor(from) : from, 0);
        to = Math.min(truncate ? Math.ceil(to) : to, width - 1.0);
        to = from == to ? to + 0.001 : to;
        return Math.min(Math.max((pair - from) / (to - from), 0), 1);
      }

      /** The pair of channels, as a fraction, that turns so often within the training's length. */
      private double at(double turns, double theta, int width) {
        return width * Math.log(trained / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
      }
    }

    /**
     * Each pair of channels has a factor of its own, and another in texts longer than those of the
     * training (arXiv 2402.13753).
     *
     * @param amplitude what the rotated channels are multiplied with
     */
    record LongRope(
        List<Double> shortFactors, List<Double> longFactors, int trained, double amplitude)
        implements Scaling {}
  }

  /** What a token's position is. */
  public sealed interface Positions {
    /** Its place in the row. */
    record Sequence() implements Positions {}

    /**
     * GLM's first kind (arXiv 2103.10360): its place in the row before the first {@code start}
     * token, and the place of the mask token from there on.
     */
    record Context(long start, long mask, long otherMask) implements Positions {}

    /** GLM's second kind: zero before the first {@code start} token, one and rising from there. */
    record Generated(long start) implements Positions {}

    /** The positions of a row's tokens. */
    default double[] of(long[] row) {
      double[] positions = new double[row.length];
      if (this instanceof Context context) {
        int start = first(row, context.start).orElse(0);
        int mask = first(row, context.mask).or(() -> first(row, context.otherMask)).orElse(0);
        for (int i = 0; i < row.length; i++) {
          positions[i] = i < start ? i : mask;
        }
      } else if (this instanceof Generated generated) {
        int start = first(row, generated.start).orElse(0);
        for (int i = 0; i < row.length; i++) {
          positions[i] = i < start ? 0 : i - start + 1;
        }
      } else {
        for (int i = 0; i < row.length; i++) {
          positions[i] = i;
        }
      }
      return positions;
    }

    /** Where a token first stands. */
    static Optional<Integer> first(long[] row, long token) {
      for (int i = 0; i < row.length; i++) {
        if (row[i] == token) {
          return Optional.of(i);
        }
      }
      return Optional.empty();
    }
  }

  /** The angle by which each pair of channels turns from one position to the next. */
  public double[] frequencies(int tokens) {
    double base = theta;
    if (scaling instanceof Scaling.Dynamic dynamic && tokens > dynamic.trained()) {
      double stretch = dynamic.factor() * tokens / dynamic.trained() - (dynamic.factor() - 1);
      base = theta * Math.pow(stretch, width / (width - 2.0));
    }
    double[] frequencies = new double[width / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = scaled(Math.pow(base, -2.0 * i / width), i, tokens);
    }
    return frequencies;
  }

  /** As {@link Decoder#sameUpTo}, of these positions. */
  int sameUpTo() {
    return scaling instanceof Scaling.LongRope longRope ? longRope.trained() : Integer.MAX_VALUE;
  }

  /** What cosines and sines are multiplied with. */
  public double amplitude() {
    if (scaling instanceof Scaling.Yarn yarn) {
      return yarn.amplitude();
    }
    return scaling instanceof Scaling.LongRope longRope ? longRope.amplitude() : 1;
  }

  private double scaled(double frequency, int pair, int tokens) {
    if (scaling instanceof Scaling.Linear linear) {
      return frequency / linear.factor();
    } else if (scaling instanceof Scaling.Yarn yarn) {
      double stretched = yarn.stretched(pair, theta, width);
      return stretched * frequency / yarn.factor() + (1 - stretched) * frequency;
    } else if (scaling instanceof Scaling.LongRope longRope) {
      boolean isLong = tokens > longRope.trained();
      return frequency / (isLong ? longRope.longFactors() : longRope.shortFactors()).get(pair);
    } else if (scaling instanceof Scaling.Llama3 llama) {
      double wave = 2 * Math.PI / frequency;
      if (wave > llama.trained() / llama.low()) {
        return frequency / llama.factor();
      } else if (wave < llama.trained() / llama.high()) {
        return frequency;
      }
      double kept = (llama.trained() / wave - llama.low()) / (llama.high() - llama.low());
      return (1 - kept) * frequency / llama.factor() + kept * frequency;
    }
    return frequency;
  }
}
