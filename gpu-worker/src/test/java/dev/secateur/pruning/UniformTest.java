package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.BlockSizes;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Equal widths, whatever a ratio is a share of. */
class UniformTest {
  private static Decoder decoder(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family)).decoder();
  }

  private static Point point(
      Decoder decoder, Strategy strategy, Target target, String ratio, int steps) {
    LayerSpan all = new LayerSpan(0, decoder.layers());
    return new Point(
        strategy,
        all,
        all,
        new BigDecimal(ratio),
        Criterion.RANDOM,
        Aggregation.SUM,
        Scope.LOCAL,
        target,
        steps);
  }

  private static Decoder pruned(Decoder decoder, Point point) {
    PointPruning pruning = new PointPruning(decoder, Discovery.of(decoder), point);
    return Pruning.prune(decoder, pruning.counted());
  }

  private static double share(Decoder base, Decoder pruned, Target target) {
    Costs before = Costs.of(base, Costs.TOKENS);
    Costs after = Costs.of(pruned, Costs.TOKENS);
    return target == Target.MACS
        ? 1 - (double) after.macs() / before.macs()
        : 1 - (double) after.parameters() / before.parameters();
  }

  /** What one more unit of every structure of a kind would take, of the kind that costs least. */
  private static double step(Decoder decoder, Strategy strategy, Target target) {
    List<CoupledStructure> structures =
        Eligible.of(Discovery.of(decoder), strategy, Eligible.Layers.both(0, decoder.layers()));
    UnitCosts costs = UnitCosts.of(decoder, structures, strategy, target);
    return Lot.ofKinds(structures).stream().mapToLong(lot -> lot.cost(costs)).min().orElseThrow()
        / (double) costs.whole();
  }

  @ParameterizedTest
  @CsvSource({
    "llama-gqa-tied, BLOCK, PARAMETERS, 0.3",
    "llama-mha, BLOCK, MACS, 0.3",
    "qwen3-moe, BLOCK, PARAMETERS, 0.2",
    "mixtral, BLOCK_SHARED, PARAMETERS, 0.25",
    "mixtral, EXPERT, PARAMETERS, 0.3",
    "olmoe, BLOCK, MACS, 0.1"
  })
  void blocksStayAlikeAndTheBudgetIsMet(
      String family, Strategy strategy, Target target, String ratio) {
    Decoder base = decoder(family);
    Point point = point(base, strategy, target, ratio, 1);

    Decoder uniform = pruned(base, point.uniformly());

    assertThat(BlockSizes.of(pruned(base, point)).isUniform())
        .as("without it rounding makes blocks differ")
        .isFalse();
    assertThat(BlockSizes.of(uniform).isUniform()).isTrue();
    double step = step(base, strategy, target);
    double asked = Double.parseDouble(ratio);
    assertThat(share(base, uniform, target)).isBetween(asked - step, asked + 1e-4);
  }

  /** A share of units is the same of each as it is. */
  @ParameterizedTest
  @EnumSource(
      value = Strategy.class,
      names = {"BLOCK", "EXPERT", "BLOCK_SHARED"})
  void ofAShareOfUnitsNothingChanges(Strategy strategy) {
    Decoder base = decoder("mixtral");
    Point point = point(base, strategy, Target.GROUP_RATIO, "0.3", 1);
    PointPruning usual = new PointPruning(base, Discovery.of(base), point);
    PointPruning uniform = new PointPruning(base, Discovery.of(base), point.uniformly());
    assertThat(uniform.counted()).isEqualTo(usual.counted());
  }

  @Test
  void severalStepsEndAtTheCountsOfOne() {
    Decoder base = decoder("llama-mha");
    Budget once = new Budget(Scope.LOCAL, Target.PARAMETERS, new BigDecimal("0.3"), 1, true, false);
    Budget often =
        new Budget(Scope.LOCAL, Target.PARAMETERS, new BigDecimal("0.3"), 4, true, false);
    List<Integer> counts = counts(base, once);
    assertThat(counts(base, often)).isEqualTo(counts);
    assertThat(counts).containsOnly(counts.get(0), counts.get(1)).doesNotContain(0);
  }

  private static List<Integer> counts(Decoder base, Budget budget) {
    Eligible.Layers layers = Eligible.Layers.both(0, base.layers());
    List<CoupledStructure> eligible = Eligible.of(Discovery.of(base), Strategy.BLOCK, layers);
    Selection selection = new Selection(base, eligible, Strategy.BLOCK, layers, budget);
    for (int step = 1; step <= budget.steps(); step++) {
      java.util.Map<String, double[]> scores = new java.util.HashMap<>();
      selection
          .groups()
          .forEach(g -> scores.put(g.name(), new double[g.units() - g.removed().size()]));
      selection.remove(step, scores);
    }
    return selection.groups().stream().map(group -> group.removed().size()).toList();
  }

  @Test
  void aBaseWhoseBlocksDifferAlreadyIsRefused() {
    Decoder base = decoder("llama-mha");
    Decoder uneven =
        Pruning.prune(base, List.of(new Recipe.Group("layers.1.mlp", 88, List.of(0, 1))));
    Point point = point(uneven, Strategy.BLOCK, Target.GROUP_RATIO, "0.5", 1).uniformly();
    assertThatThrownBy(() -> pruned(uneven, point))
        .isInstanceOf(InputException.class)
        .hasMessage(
            "uniform widths are not possible: the model's blocks already differ,"
                + " 'layers.0.mlp' has 88 units and 'layers.1.mlp' has 86; remove uniform");
  }

  @Test
  void whatLeavesBlocksWholeIsTheSameWithIt() {
    Decoder base = decoder("llama-mha");
    for (Strategy strategy :
        List.of(Strategy.CHANNEL, Strategy.LAYER, Strategy.IGNORE_DEPENDENCIES)) {
      Point point = point(base, strategy, Target.GROUP_RATIO, "0.5", 1);
      assertThat(point.uniformly()).isEqualTo(point);
    }
    Point global =
        new Point(
            Strategy.BLOCK,
            new LayerSpan(0, 3),
            new LayerSpan(0, 3),
            new BigDecimal("0.5"),
            Criterion.L1,
            Aggregation.SUM,
            Scope.GLOBAL,
            Target.GROUP_RATIO,
            1);
    assertThat(global.exclusion()).isEmpty();
    assertThat(global.uniformly().exclusion().orElseThrow())
        .isEqualTo(
            "uniform widths need scope local: under scope global a block loses what its"
                + " scores say; choose scope local or remove uniform");
    assertThat(share(base, base, Target.MACS)).isCloseTo(0, within(0.0));
  }
}
