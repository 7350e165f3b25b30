package dev.secateur.checkpoint;

/** IEEE 754 binary16 and bfloat16 from and to binary32, rounding to nearest, ties to even. */
public final class HalfPrecision {
  private static final float[] HALF = new float[1 << 16];

  static {
    for (int bits = 0; bits < HALF.length; bits++) {
      HALF[bits] = decodeHalf(bits);
    }
  }

  private HalfPrecision() {}

  /** The value of a binary16. */
  public static float fromHalf(short bits) {
    return HALF[bits & 0xffff];
  }

  /** The value of a bfloat16. */
  public static float fromBfloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** The nearest bfloat16. */
  public static short toBfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The nearest binary16; what is too large becomes infinite. */
  public static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 0x477ff000) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x38800000) {
      // Subnormal: the unit in the last place is 2^-24, exact in double arithmetic.
      return (short) (sign | (int) Math.rint(Math.abs((double) value) * 0x1p24));
    }
    int rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return (short) (sign | ((rounded - 0x38000000) >>> 13));
  }

  private static float decodeHalf(int bits) {
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    float magnitude;
    if (exponent == 0) {
      magnitude = fraction * 0x1p-24f;
    } else if (exponent == 31) {
      magnitude = fraction == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
    } else {
      magnitude = (1 + fraction * 0x1p-10f) * (float) Math.pow(2, exponent - 15);
    }
    return (bits & 0x8000) == 0 ? magnitude : -magnitude;
  }
}
