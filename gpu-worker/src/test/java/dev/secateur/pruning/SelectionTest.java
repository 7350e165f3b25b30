package dev.secateur.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.secateur.Fixtures;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.model.Costs;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {
  private static final Decoder LLAMA = decoder("llama-gqa-tied");

  private static Decoder decoder(String family) {
    return Checkpoint.open(Fixtures.resource("families/" + family)).decoder();
  }

  private static Selection selection(
      Decoder decoder, Strategy strategy, Scope scope, Target target, String ratio, int steps) {
    Eligible.Layers layers = Eligible.Layers.both(0, decoder.layers());
    return new Selection(
        decoder,
        Eligible.of(Discovery.of(decoder), strategy, layers),
        strategy,
        layers,
        new Budget(scope, target, new BigDecimal(ratio), steps));
  }

  /** Random scores of the units that are left, after a seed. */
  private static Map<String, double[]> scores(List<Recipe.Group> removed, long seed) {
    Map<String, double[]> scores = new HashMap<>();
    for (Recipe.Group group : removed) {
      Random random = new Random(seed + group.name().hashCode());
      scores.put(group.name(), random.doubles(group.units() - group.removed().size()).toArray());
    }
    return scores;
  }

  private static List<Recipe.Group> run(Selection selection, int steps) {
    for (int step = 1; step <= steps; step++) {
      selection.remove(step, scores(selection.groups(), step));
    }
    return selection.groups();
  }

  @ParameterizedTest
  @CsvSource({"0.25, 4", "0.5, 3", "0.3, 7"})
  void severalStepsEndAtTheCountsOfOne(String ratio, int steps) {
    List<Recipe.Group> one =
        run(selection(LLAMA, Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, ratio, 1), 1);
    List<Recipe.Group> many =
        run(selection(LLAMA, Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, ratio, steps), steps);
    for (int i = 0; i < one.size(); i++) {
      assertThat(many.get(i).removed()).hasSameSizeAs(one.get(i).removed());
      assertThat(many.get(i).removed()).doesNotHaveDuplicates().isSorted();
    }
  }

  /** Defect D5: published code fails where less than a head is to go. */
  @Test
  void removesNothingWhereLessThanAUnitIsToGoD5() {
    List<Recipe.Group> groups =
        run(selection(LLAMA, Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, "0.001", 1), 1);
    assertThat(groups).hasSize(6);
    assertThat(groups)
        .filteredOn(group -> group.name().endsWith("attention"))
        .allMatch(group -> group.removed().isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "llama-gqa-tied, BLOCK, LOCAL, 0.2",
    "llama-gqa-tied, BLOCK, GLOBAL, 0.2",
    "llama-headdim, BLOCK, GLOBAL, 0.4",
    "bloom, BLOCK, LOCAL, 0.3",
    "phi3, CHANNEL, LOCAL, 0.3",
    "gpt2, LAYER, LOCAL, 0.35"
  })
  void meetsAShareOfTheWholeModelsParametersAndMacs(
      String family, Strategy strategy, Scope scope, String ratio) {
    Decoder decoder = decoder(family);
    for (Target target : List.of(Target.PARAMETERS, Target.MACS)) {
      List<Recipe.Group> groups = run(selection(decoder, strategy, scope, target, ratio, 1), 1);
      long before = cost(decoder, target);
      long after = cost(Pruning.prune(decoder, groups), target);
      double unit = largestUnit(decoder, strategy, target) / (double) before;
      assertThat((before - after) / (double) before)
          .as("%s", target)
          .isCloseTo(Double.parseDouble(ratio), within(Math.max(0.002, unit)));
    }
  }

  private static long cost(Decoder decoder, Target target) {
    Costs costs = Costs.of(decoder, Costs.TOKENS);
    return target == Target.MACS ? costs.macs() : costs.parameters();
  }

  private static long largestUnit(Decoder decoder, Strategy strategy, Target target) {
    List<CoupledStructure> structures =
        Eligible.of(Discovery.of(decoder), strategy, Eligible.Layers.both(0, decoder.layers()));
    UnitCosts costs = UnitCosts.of(decoder, structures, strategy, target);
    return structures.stream().mapToLong(costs::of).max().orElseThrow();
  }

  /** Defect D6: published code's head scores dwarf MLP scores, and weak layers stay untouched. */
  @Test
  void globalScopeMakesHeadsAndChannelsComparableAndKeepsAFloorD6() {
    Selection selection =
        selection(LLAMA, Strategy.BLOCK, Scope.GLOBAL, Target.GROUP_RATIO, "0.5", 1);
    Map<String, double[]> scores = scores(selection.groups(), 5);
    scores.replaceAll(
        (name, units) -> name.endsWith("attention") ? times(units, 1e6) : times(units, 1e-6));
    scores.put("layers.1.mlp", times(scores.get("layers.1.mlp"), 1e-9)); // weak as a whole
    selection.remove(1, scores);
    List<Recipe.Group> groups = selection.groups();
    assertThat(groups)
        .filteredOn(group -> group.name().endsWith("attention"))
        .anyMatch(group -> !group.removed().isEmpty());
    assertThat(groups)
        .filteredOn(group -> group.name().endsWith("mlp"))
        .allMatch(group -> !group.removed().isEmpty())
        .allMatch(group -> group.removed().size() < group.units());
  }

  private static double[] times(double[] values, double factor) {
    return java.util.Arrays.stream(values).map(value -> value * factor).toArray();
  }

  @Test
  void removesTheUnitsOfTheLowestScores() {
    Selection selection =
        selection(LLAMA, Strategy.BLOCK, Scope.LOCAL, Target.GROUP_RATIO, "0.25", 1);
    Map<String, double[]> scores = scores(selection.groups(), 1);
    selection.remove(1, scores);
    for (Recipe.Group group : selection.groups()) {
      Set<Integer> removed = new HashSet<>(group.removed());
      double[] of = scores.get(group.name());
      double highest = removed.stream().mapToDouble(unit -> of[unit]).max().orElse(-1);
      for (int unit = 0; unit < of.length; unit++) {
        assertThat(removed.contains(unit) || of[unit] >= highest).isTrue();
      }
    }
  }

  @Test
  void layersOutsideTheRangeStay() {
    Eligible.Layers layers = Eligible.Layers.both(1, 2);
    Selection selection =
        new Selection(
            LLAMA,
            Eligible.of(Discovery.of(LLAMA), Strategy.LAYER, layers),
            Strategy.LAYER,
            layers,
            Budget.local(new BigDecimal("0.7")));
    selection.remove(1, Map.of("layers", new double[] {1, 3, 2}));
    assertThat(selection.groups().get(0).removed()).containsExactly(1);
  }

  @Test
  void saysSoWhenTheBudgetIsOutOfReach() {
    Selection selection =
        selection(LLAMA, Strategy.BLOCK, Scope.LOCAL, Target.PARAMETERS, "0.95", 1);
    Map<String, double[]> scores = scores(selection.groups(), 1);
    assertThatThrownBy(() -> selection.remove(1, scores))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a ratio of 0.95")
        .hasMessageContaining("allow more layers or lower the ratio");
  }

  @Test
  void lossesCompeteByWhatAUnitSaves() {
    List<CoupledStructure> structures =
        Eligible.of(Discovery.of(LLAMA), Strategy.BLOCK, Eligible.Layers.both(0, LLAMA.layers()));
    UnitCosts costs = UnitCosts.of(LLAMA, structures, Strategy.BLOCK, Target.PARAMETERS);
    Map<String, double[]> scores = new HashMap<>();
    for (CoupledStructure structure : structures) {
      double each = structure.name().equals("layers.0.mlp") ? 1 : 2; // to a parameter
      double[] own = new double[structure.units()];
      java.util.Arrays.fill(own, each * costs.of(structure));
      scores.put(structure.name(), own);
    }
    Selection selection =
        new Selection(
            LLAMA,
            structures,
            Strategy.BLOCK,
            Eligible.Layers.both(0, LLAMA.layers()),
            new Budget(Scope.GLOBAL, Target.PARAMETERS, new BigDecimal("0.1"), 1, false, true));
    selection.remove(1, scores);
    for (Recipe.Group group : selection.groups()) {
      boolean cheapest = group.name().equals("layers.0.mlp");
      assertThat(group.removed().isEmpty()).as(group.name()).isEqualTo(!cheapest);
    }
  }
}
