package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizeMatchTest {
  private static final Decoder LLAMA =
      Checkpoint.open(Fixtures.resource("families/llama-gqa-tied")).decoder();
  private static final List<CoupledStructure> STRUCTURES = Discovery.of(LLAMA);

  private static Point point(Strategy strategy, Scope scope, Target target, String ratio) {
    LayerSpan all = new LayerSpan(0, LLAMA.layers());
    return new Point(
        strategy, all, all, new BigDecimal(ratio), Criterion.L1, Aggregation.SUM, scope, target, 1);
  }

  private static long parameters(Point point) {
    PointPruning pruning = new PointPruning(LLAMA, STRUCTURES, point);
    return pruning.parameters(pruning.counted());
  }

  /** Against ratios all over, tried one after the other. */
  @ParameterizedTest
  @CsvSource({
    "channel, local, group-ratio, 0.25",
    "channel, local, group-ratio, 0.5",
    "layer, local, group-ratio, 0.3",
    "block, local, parameters, 0.4",
    "block, global, group-ratio, 0.3",
    "channel, local, parameters, 0.5"
  })
  void noRatioComesNearer(String strategy, String scope, String target, String ratio) {
    Point reference = point(Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, ratio);
    Point point =
        point(
            of(Strategy.values(), strategy),
            of(Scope.values(), scope),
            of(Target.values(), target),
            "0.5");
    long wanted = parameters(reference);
    BigDecimal found = SizeMatch.ratio(LLAMA, STRUCTURES, reference, point);
    long miss = Math.abs(parameters(point.at(found)) - wanted);
    for (int part = 1; part < 1000; part += 7) {
      try {
        long other = parameters(point.at(BigDecimal.valueOf(part, 3)));
        assertThat(miss)
            .as("%s against %d/1000", found, part)
            .isLessThanOrEqualTo(Math.abs(other - wanted));
      } catch (InputException e) {
        // more than its structures hold
      }
    }
  }

  private static <E extends Enum<E> & Labelled> E of(E[] all, String label) {
    return Arrays.stream(all).filter(e -> e.label().equals(label)).findFirst().orElseThrow();
  }

  @Test
  void aPointMatchesItself() {
    Point reference = point(Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, "0.5");
    BigDecimal found = SizeMatch.ratio(LLAMA, STRUCTURES, reference, reference);
    assertThat(parameters(reference.at(found))).isEqualTo(parameters(reference));
    assertThat(found).isEqualByComparingTo("0.5");
  }

  /** Counted by hand over the recipe's groups. */
  @Test
  void tellsWhichShareOfEachKindIsGone() {
    Point point = point(Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, "0.25");
    PointPruning pruning = new PointPruning(LLAMA, STRUCTURES, point);
    List<Recipe.Group> groups = pruning.counted();
    Map<String, Double> shares = pruning.removed(groups);
    assertThat(shares).containsOnlyKeys("attention", "mlp");
    double[] gone = new double[2];
    double[] all = new double[2];
    for (Recipe.Group group : groups) {
      int kind = group.name().contains("mlp") ? 1 : 0;
      gone[kind] += group.removed().size();
      all[kind] += group.units();
    }
    assertThat(shares.get("attention")).isEqualTo(gone[0] / all[0]);
    assertThat(shares.get("mlp")).isEqualTo(gone[1] / all[1]);
    Point global = point(Strategy.BLOCK, Scope.GLOBAL, Target.GROUP_RATIO, "0.25");
    PointPruning competing = new PointPruning(LLAMA, STRUCTURES, global);
    double share = competing.removed(competing.counted()).get("eligible");
    assertThat(share).isBetween(0.2, 0.25);
    Point parts = point(Strategy.LAYER, Scope.LOCAL, Target.GROUP_RATIO, "0.5");
    PointPruning blocks = new PointPruning(LLAMA, STRUCTURES, parts);
    assertThat(blocks.removed(blocks.counted())).containsOnlyKeys("layers");
  }
}
