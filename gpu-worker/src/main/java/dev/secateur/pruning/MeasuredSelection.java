package dev.secateur.pruning;

import dev.secateur.checkpoint.WrittenTypes;
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
import java.util.Optional;

/**
 * Selects units from profiles of structures: from each structure as many as the {@link Knapsack}
 * allocates, in the order of their scores.
 */
final class MeasuredSelection {
  private final List<CoupledStructure> structures;
  private final UnitCosts costs;
  private final Point point;
  private final LatencyTable latency; // null of other targets

  /**
   * @param types that bytes are counted in
   * @param latency of target latency, and of no other
   */
  MeasuredSelection(
      Decoder base,
      List<CoupledStructure> structures,
      Point point,
      WrittenTypes types,
      Optional<LatencyTable> latency) {
    if (latency.isPresent() != (point.target() == Target.LATENCY)) {
      throw new IllegalStateException("target latency, and no other, goes with measured times");
    }
    this.structures = structures;
    this.point = point;
    this.latency = latency.orElse(null);
    this.costs =
        latency.isPresent()
            ? UnitCosts.none()
            : UnitCosts.of(
                base,
                structures,
                point.strategy(),
                point.target() == Target.GROUP_RATIO ? Target.PARAMETERS : point.target(),
                types);
  }

  /**
   * What is to be saved: a share of the whole model, or as many parameters as scope local takes
   * from the same structures. Of latency it is counted in parts of the whole model's time, and
   * rounded up.
   */
  long budget() {
    if (point.target() == Target.GROUP_RATIO) {
      return structures.stream()
          .mapToLong(s -> costs.of(s) * Ranking.unitsToRemove(s, point.ratio()))
          .sum();
    }
    if (latency != null) {
      return point
          .ratio()
          .multiply(BigDecimal.valueOf(LatencyTable.PARTS))
          .setScale(0, RoundingMode.CEILING)
          .longValueExact();
    }
    return point
        .ratio()
        .multiply(BigDecimal.valueOf(costs.whole()))
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  /**
   * What one unit saves of each structure that has a profile, in the order of discovery; of every
   * target but latency, where it changes with how many are left.
   */
  Map<String, Long> savings() {
    if (latency != null) {
      throw new IllegalStateException("a unit has no one saving of target latency");
    }
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
    List<RemovalCurve> curves = new ArrayList<>();
    for (CoupledStructure structure : structures) {
      int[] levels = Profiles.levels(structure);
      if (levels.length > 0) {
        curve(structure, levels, profiles.get(structure.name())).ifPresent(curves::add);
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

  /** None where nothing is saved. */
  private Optional<RemovalCurve> curve(CoupledStructure structure, int[] levels, double[] losses) {
    if (losses == null || losses.length != levels.length) {
      throw new IllegalStateException(
          "the profile of '" + structure.name() + "' is missing or of another model");
    }
    List<RemovalCurve.Point> points = new ArrayList<>(List.of(RemovalCurve.Point.NOTHING));
    for (int i = 0; i < levels.length; i++) {
      points.add(new RemovalCurve.Point(levels[i], losses[i]));
    }
    boolean between = structure.kind() != Kind.ATTENTION;
    if (latency != null) {
      List<Long> savings = latency.savings(structure);
      return savings.get(levels.length) == 0
          ? Optional.empty()
          : Optional.of(new RemovalCurve(structure.name(), 0, between, points, savings));
    }
    long saves = costs.of(structure);
    return saves == 0
        ? Optional.empty()
        : Optional.of(new RemovalCurve(structure.name(), saves, between, points));
  }

  private InputException tooMuch(long due, long most) {
    if (latency != null) {
      double all = latency.forward();
      return new InputException(
          String.format(
              Locale.ROOT,
              "a ratio of %s needs to save %.4g ms of the %.4g ms of a pass, but the layers"
                  + " that may be pruned save only %.4g ms on that device; allow more layers or"
                  + " lower the ratio",
              point.ratio().toPlainString(),
              1e3 * all * due / LatencyTable.PARTS,
              1e3 * all,
              1e3 * all * most / LatencyTable.PARTS));
    }
    return new InputException(
        String.format(
            Locale.ROOT,
            "a ratio of %s needs to remove %,d %s, but at most %,d can be removed from the layers"
                + " that may be pruned; allow more layers or lower the ratio",
            point.ratio().toPlainString(),
            due,
            switch (point.target()) {
              case MACS -> "multiply-accumulates";
              case BYTES -> "bytes";
              default -> "parameters";
            },
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
