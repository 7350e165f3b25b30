package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.estimation.Profiles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatencyTableTest {
  private static CoupledStructure structure(String name, Kind kind, int units) {
    return new CoupledStructure(name, kind, 0, units, 1, List.of(), List.of());
  }

  private static Recipe.Group gone(String name, int units, int count) {
    return new Recipe.Group(name, units, IntStream.range(0, count).boxed().toList());
  }

  @Test
  void poolsTimesThatAreOutOfOrder() {
    assertThat(LatencyTable.falling(new double[] {9, 6, 7, 4, 5, 6}))
        .containsExactly(9, 6.5, 6.5, 5, 5, 5);
    assertThat(LatencyTable.falling(new double[] {1, 2, 3})).containsExactly(2, 2, 2);
    assertThat(LatencyTable.falling(new double[] {3, 2, 1})).containsExactly(3, 2, 1);
  }

  /** Against all ways to cut numbers into runs of one value each. */
  @Test
  void isTheNearestThatNeverRises() {
    Random random = new Random(3);
    for (int round = 0; round < 100; round++) {
      double[] numbers = random.doubles(7).toArray();
      double best = Double.POSITIVE_INFINITY;
      for (int cuts = 0; cuts < 1 << 6; cuts++) {
        double[] fitted = means(numbers, cuts);
        if (IntStream.range(1, 7).allMatch(i -> fitted[i] <= fitted[i - 1])) {
          best = Math.min(best, distance(numbers, fitted));
        }
      }
      double[] found = LatencyTable.falling(numbers);
      assertThat(found).isSortedAccordingTo((a, b) -> Double.compare(b, a));
      assertThat(distance(numbers, found)).isCloseTo(best, within(1e-12));
    }
  }

  private static double[] means(double[] numbers, int cuts) {
    double[] fitted = new double[numbers.length];
    int from = 0;
    for (int end = 1; end <= numbers.length; end++) {
      if (end == numbers.length || (cuts >> (end - 1) & 1) == 1) {
        Arrays.fill(fitted, from, end, Arrays.stream(numbers, from, end).average().orElseThrow());
        from = end;
      }
    }
    return fitted;
  }

  private static double distance(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i])).sum();
  }

  @Test
  void predictsWhatIsLeftAndSavesInParts() {
    CoupledStructure heads = structure("heads", Kind.ATTENTION, 3); // levels 1, 2
    CoupledStructure channels = structure("mlp", Kind.MLP, 16); // levels 2, 4, ... 14
    assertThat(Profiles.levels(channels)).containsExactly(2, 4, 6, 8, 10, 12, 14);
    LatencyTable table =
        new LatencyTable(
            10,
            Map.of(
                "heads", new double[] {4, 3.5, 3},
                "mlp", new double[] {4, 3.8, 3.6, 3.4, 3.2, 3, 2.8, 2.6}));
    assertThat(table.savings(heads)).containsExactly(0L, 65536L / 20, 65536L / 10); // rounded down
    assertThat(
            table.predicted(
                List.of(heads, channels), List.of(gone("heads", 3, 2), gone("mlp", 16, 3))))
        .isCloseTo(10 - 1 - 0.3, within(1e-12));
    assertThat(table.predicted(List.of(heads, channels), List.of())).isEqualTo(10);
  }

  @Test
  void refusesWhatIsNoTime() {
    assertThatThrownBy(() -> new LatencyTable(0, Map.of())).hasMessageContaining("0.0 s");
    assertThatThrownBy(() -> new LatencyTable(1, Map.of("a", new double[] {1, Double.NaN})))
        .hasMessageContaining("'a'");
    CoupledStructure heads = structure("heads", Kind.ATTENTION, 3);
    assertThatThrownBy(() -> new LatencyTable(1, Map.of()).savings(heads))
        .hasMessageContaining("'heads'");
    assertThatThrownBy(
            () -> new LatencyTable(1, Map.of("heads", new double[] {1, 1})).savings(heads))
        .hasMessageContaining("'heads'");
  }
}
