package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.estimation.UnitScores;
import dev.secateur.protocol.Aggregation;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankingTest {
  @ParameterizedTest
  @CsvSource({
    "0.10, 3, 1101, 0",
    "0.20, 6, 2202, 1",
    "0.25, 8, 2752, 2",
    "0.30, 9, 3303, 2",
    "0.50, 16, 5504, 4",
    "0.60, 19, 6605, 4"
  })
  void removesAsManyUnitsAsThePapersCountsNeed(
      BigDecimal ratio, int heads, int channels, int keyValueHeads) {
    assertThat(Ranking.unitsToRemove(structure(32, 128), ratio)).isEqualTo(heads);
    assertThat(Ranking.unitsToRemove(structure(11008, 1), ratio)).isEqualTo(channels);
    assertThat(Ranking.unitsToRemove(structure(8, 128), ratio)).isEqualTo(keyValueHeads);
  }

  private static CoupledStructure structure(int units, int channelsPerUnit) {
    return new CoupledStructure("s", Kind.MLP, 0, units, channelsPerUnit, List.of(), List.of());
  }

  @Test
  void removesTheLowestAndAmongEqualsTheLowerIndex() {
    assertThat(Ranking.ascending(new double[] {3, 1, 2, 1, 1})).containsExactly(1, 3, 4, 2, 0);
    assertThat(Ranking.ascending(new double[] {0, Double.NEGATIVE_INFINITY, -1}))
        .containsExactly(1, 2, 0);
  }

  @Test
  void ranksProductsThatWouldUnderflow() {
    List<double[]> members = List.of(new double[] {1e-200, 1e-199}, new double[] {1e-200, 1e-200});
    double[] products = UnitScores.of(members, Aggregation.PRODUCT);
    assertThat(products[0]).isLessThan(products[1]).isFinite();
  }

  @Test
  void aggregatesMembers() {
    List<double[]> members = List.of(new double[] {1}, new double[] {4}, new double[] {2});
    assertThat(UnitScores.of(members, Aggregation.SUM)).containsExactly(7);
    assertThat(UnitScores.of(members, Aggregation.MAX)).containsExactly(4);
    assertThat(UnitScores.of(members, Aggregation.LAST)).containsExactly(2);
    assertThat(UnitScores.of(members, Aggregation.MEAN)).containsExactly(7 / 3.0);
    assertThat(UnitScores.of(members, Aggregation.PRODUCT))
        .containsExactly(Math.log(1) + Math.log(4) + Math.log(2));
  }
}
