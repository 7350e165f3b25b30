package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Which units go when profiles of structures share a budget out: of each structure as many as the
 * {@link Knapsack} says, in the order of their scores.
 */
final class MeasuredSelection {
  private final List<CoupledStructure> structures;
  private final UnitCosts costs;
  private final Point point;

  MeasuredSelection(Decoder base, List<CoupledStructure> structures, Point point) {
    this.structures = structures;
    this.point = point;
    Target of = point.target() == Target.MACS ? Target.MACS : Target.PARAMETERS;
    this.costs = UnitCosts.of(base, structures, point.strategy(), of);
  }

  /**
   * What is to be saved: a share of the whole model, or as many parameters as scope local takes
   * from the same structures.
   */
  long budget() {
    if (point.target() == Target.GROUP_RATIO) {
      return structures.stream()
          .mapToLong(s -> costs.of(s) * Ranking.unitsToRemove(s, point.ratio()))
          .sum();
    }
    return point
        .ratio()
        .multiply(BigDecimal.valueOf(costs.whole()))
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  /** What one unit saves of each structure that has a profile, in the order of discovery. */
  Map<String, Long> savings() {
    Map<String, Long> savings = new LinkedHashMap<>();
    for (CoupledStructure structure : structures) {
      if (Profiles.levels(structure).length > 0 && costs.of(structure) > 0) {
        savings.put(structure.name(), costs.of(structure));
      }
    }
    return savings;
  }

  /**
   * How many units go of each structure that loses any.
   *
   * @param profiles of each structure that has several units the loss at its {@link
   *     Profiles#levels}
   * @throws InputException when the structures do not hold the budget
   */
  Map<String, Integer> counts(Map<String, double[]> profiles) {
    Map<String, Long> savings = savings();
    List<RemovalCurve> curves = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      if (savings.containsKey(structure.name())) {
        curves.add(curve(structure, Profiles.levels(structure), profiles.get(structure.name())));
      }
    }
    Knapsack knapsack = new Knapsack(curves);
    return knapsack.solve(budget()).orElseThrow(() -> tooMuch(budget(), knapsack.most())).counts();
  }

  /**
   * What goes; every structure is listed.
   *
   * @param orders of each structure its units, the first to go first
   * @param counts how many go
   */
  static List<Recipe.Group> groups(
      List<CoupledStructure> structures, Map<String, int[]> orders, Map<String, Integer> counts) {
    return structures.stream()
        .map(
            structure -> {
              int count = counts.getOrDefault(structure.name(), 0);
              int[] order = orders.getOrDefault(structure.name(), new int[0]);
              List<Integer> gone = Arrays.stream(order).limit(count).sorted().boxed().toList();
              return new Recipe.Group(structure.name(), structure.units(), gone);
            })
        .toList();
  }

  private RemovalCurve curve(CoupledStructure structure, int[] levels, double[] losses) {
    if (losses == null || losses.length != levels.length) {
      throw new IllegalStateException(
          "the profile of '" + structure.name() + "' is missing or of another model");
    }
    List<RemovalCurve.Point> points = new ArrayList<>(List.of(RemovalCurve.Point.NOTHING));
    for (int i = 0; i < levels.length; i++) {
      points.add(new RemovalCurve.Point(levels[i], losses[i]));
    }
    boolean between = structure.kind() != Kind.ATTENTION;
    return new RemovalCurve(structure.name(), costs.of(structure), between, points);
  }

  private InputException tooMuch(long due, long most) {
    return new InputException(
        String.format(
            Locale.ROOT,
            "a ratio of %s asks for %,d %s, but what may be pruned gives only %,d; widen the layers"
                + " or lower the ratio",
            point.ratio().toPlainString(),
            due,
            point.target() == Target.MACS ? "multiply-accumulates" : "parameters",
            most));
  }

  /** Groups of the size that a solution has, whatever the profiles are. */
  List<Recipe.Group> counted() {
    Map<String, int[]> orders = new HashMap<>();
    Map<String, double[]> profiles = new HashMap<>();
    for (CoupledStructure structure : structures) {
      double units = structure.units();
      orders.put(
          structure.name(), java.util.stream.IntStream.range(0, structure.units()).toArray());
      profiles.put(
          structure.name(),
          Arrays.stream(Profiles.levels(structure)).mapToDouble(n -> n / units * n).toArray());
    }
    return groups(structures, orders, counts(profiles));
  }
}
