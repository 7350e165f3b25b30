package dev.secateur.coordinator.report.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaleTest {
  @ParameterizedTest
  @CsvSource({
    "0, 1, false, '0 0.2 0.4 0.6 0.8 1'",
    "2.6, 3.83, false, '2.6 2.8 3 3.2 3.4 3.6 3.8'",
    "-1, 1, false, '-1 -0.5 0 0.5 1'",
    "12.6, 12.6, false, '11.5 12 12.5 13 13.5'",
    "1e12, 3e12, false, '1.00e+12 1.50e+12 2.00e+12 2.50e+12 3.00e+12'",
    "12, 900, true, '20 50 100 200 500 1000'",
    "1, 1e6, true, '1 10 100 1000 10000 100000 1000000'",
    "1.1, 1.3, true, '1.1 1.15 1.2 1.25 1.3'"
  })
  void ticksAreRoundAndInside(double least, double most, boolean decades, String ticks) {
    Scale scale = Scale.of(DoubleStream.of(most, least), decades);
    assertThat(scale.ticks().stream().map(Scale::label).toList()).containsExactly(ticks.split(" "));
    assertThat(scale.ticks()).allMatch(tick -> scale.place(tick.doubleValue()) >= 0);
    assertThat(scale.ticks()).allMatch(tick -> scale.place(tick.doubleValue()) <= 1);
  }

  @Test
  void equalFactorsAreEqualDistances() {
    Scale scale = Scale.of(DoubleStream.of(1, 10_000), true);
    assertThat(scale.place(100)).isCloseTo(0.5, within(1e-12));
    assertThat(scale.place(1_000) - scale.place(100))
        .isCloseTo(scale.place(100) - scale.place(10), within(1e-12));
  }
}
