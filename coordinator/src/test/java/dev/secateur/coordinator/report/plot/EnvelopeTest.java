package dev.secateur.coordinator.report.plot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.coordinator.report.plot.Series.Spot;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
  /** Pairs of x and y. */
  private static List<Spot> spots(double... pairs) {
    return Arrays.stream(indices(pairs))
        .mapToObj(i -> new Spot("", pairs[i], pairs[i + 1], 0, 1))
        .toList();
  }

  private static int[] indices(double[] pairs) {
    return IntStream.range(0, pairs.length / 2).map(i -> 2 * i).toArray();
  }

  @Test
  void isWhatTheBestHasAtMostThere() {
    assertThat(Envelope.of(spots(3, 5, 1, 20, 2, 10, 2, 12, 2.5, 30), true, true))
        .containsExactlyElementsOf(spots(1, 20, 2, 20, 2, 10, 3, 10, 3, 5));
  }

  @Test
  void endsWithTheWorstX() {
    assertThat(Envelope.of(spots(1, 5, 2, 7, 3, 6), true, true))
        .containsExactlyElementsOf(spots(1, 5, 3, 5));
  }

  @Test
  void turnsWithWhatIsBetter() {
    assertThat(Envelope.of(spots(0, 0.9, 0.2, 0.7, 0.5, 0.4, 0.5, 0.3), false, false))
        .containsExactlyElementsOf(spots(0.5, 0.4, 0.2, 0.4, 0.2, 0.7, 0, 0.7, 0, 0.9));
  }

  @Test
  void ofNothingIsNothing() {
    assertThat(Envelope.of(List.of(), true, true)).isEmpty();
  }
}
