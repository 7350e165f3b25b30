package dev.secateur.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  @Test
  void everyHalfSurvivesTheWayToFloatAndBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfPrecision.fromHalf((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(HalfPrecision.toHalf(value)).isEqualTo((short) bits);
      }
      float wide = HalfPrecision.fromBfloat((short) bits);
      if (!Float.isNaN(wide)) {
        assertThat(HalfPrecision.toBfloat(wide)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void roundsToTheNearestAndToEvenBetweenTwo() {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 25));
      short found = HalfPrecision.toHalf(value);
      double error = Math.abs((double) HalfPrecision.fromHalf(found) - value);
      for (int neighbour : new int[] {found - 1, found + 1}) {
        float other = HalfPrecision.fromHalf((short) neighbour);
        if (Float.isFinite(other)) {
          double otherError = Math.abs((double) other - value);
          assertThat(error).isLessThanOrEqualTo(otherError);
          if (error == otherError) {
            assertThat(found & 1).isZero();
          }
        }
      }
    }
  }

  @Test
  void keepsWhatIsNoNumber() {
    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(Float.NaN))).isNaN();
    assertThat(HalfPrecision.fromBfloat(HalfPrecision.toBfloat(Float.NaN))).isNaN();
    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(1e9f))).isInfinite();
    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(65504))).isEqualTo(65504);
    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(65519))).isEqualTo(65504);
    assertThat(HalfPrecision.fromHalf(HalfPrecision.toHalf(65520))).isInfinite();
  }
}
