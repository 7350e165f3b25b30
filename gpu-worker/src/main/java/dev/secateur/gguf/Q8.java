package dev.secateur.gguf;

import dev.secateur.checkpoint.HalfPrecision;
import java.nio.ByteBuffer;

/** GGUF's type Q8_0: 32 elements by a half-precision scale d and bytes q, each d * q. */
final class Q8 {
  private static final int BLOCK = 32;

  private Q8() {}

  /** Appends whole blocks. */
  static void put(float[] values, ByteBuffer target) {
    for (int start = 0; start < values.length; start += BLOCK) {
      float largest = 0;
      for (int i = start; i < start + BLOCK; i++) {
        largest = Math.max(largest, Math.abs(values[i]));
      }
      float scale = largest / 127;
      float inverse = scale == 0 ? 0 : 1 / scale;
      target.putShort(HalfPrecision.toHalf(scale));
      for (int i = start; i < start + BLOCK; i++) {
        target.put((byte) rounded(values[i] * inverse));
      }
    }
  }

  /** To the nearest, halves away from zero. */
  private static int rounded(float value) {
    return (int) (value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5));
  }
}
