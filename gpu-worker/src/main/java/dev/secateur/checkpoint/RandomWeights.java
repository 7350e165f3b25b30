package dev.secateur.checkpoint;

import dev.secateur.model.Initialization;
import dev.secateur.model.ParameterShape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;

/**
 * The elements of a fresh parameter, each from seed, name and position alone, so that they can be
 * made in any order and by several threads. SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) gives a
 * position its 64 bits. The sum of their four 16-bit numbers stands for a normal distribution: the
 * same mean and deviation, no value beyond 3.46 deviations.
 *
 * @param key where the parameter's own sequence of SplitMix64 begins
 * @param mean of the elements
 * @param scale what a sum is multiplied with; zero where all elements are the mean
 */
record RandomWeights(long key, float mean, float scale, ElementType type)
    implements SafetensorsWriter.Elements {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final int HALF_SUM = 2 * 0xffff;

  /** The deviation of the sum of four numbers from 0 to 65535. */
  private static final double DEVIATION = Math.sqrt((0x1p32 - 1) / 3);

  /** Elements that one thread makes at a time. */
  private static final int PART = 1 << 16;

  /**
   * @param type F32, F16 or BF16
   */
  static RandomWeights of(ParameterShape parameter, long seed, ElementType type) {
    if (!type.isOfWeights()) {
      throw new IllegalArgumentException("weights can't be stored as " + type);
    }
    Initialization.Distribution from = Initialization.of(parameter);
    return new RandomWeights(
        mixed(mixed(seed) ^ hash(parameter.name())),
        from.mean(),
        (float) (from.deviation() / DEVIATION),
        type);
  }

  /** FNV-1a. */
  private static long hash(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte letter : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (letter & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  private static long mixed(long bits) {
    long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** The element at a position. */
  float at(long position) {
    long bits = mixed(key + (position + 1) * GAMMA);
    int sum =
        (int) ((bits & 0xffff) + (bits >>> 16 & 0xffff) + (bits >>> 32 & 0xffff) + (bits >>> 48));
    return mean + scale * (sum - HALF_SUM);
  }

  @Override
  public void put(long start, int count, ByteBuffer target) {
    int width = type.bytes();
    int begin = target.position();
    IntStream.range(0, (count + PART - 1) / PART)
        .parallel()
        .forEach(
            part -> {
              int first = part * PART;
              int elements = Math.min(PART, count - first);
              ByteBuffer own =
                  target.slice(begin + first * width, elements * width).order(target.order());
              putPart(start + first, elements, own);
            });
    target.position(begin + count * width);
  }

  private void putPart(long start, int count, ByteBuffer target) {
    switch (type) {
      case F32 -> {
        for (int i = 0; i < count; i++) {
          target.putFloat(4 * i, at(start + i));
        }
      }
      case F16 -> {
        for (int i = 0; i < count; i++) {
          target.putShort(2 * i, HalfPrecision.toHalf(at(start + i)));
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          target.putShort(2 * i, HalfPrecision.toBfloat(at(start + i)));
        }
      }
    }
  }
}
