package dev.secateur.pruning;

import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.MemberScores;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Prunes for a point of the grid: from scores to a recipe, in sweeps and in one command. */
public final class PointPruning {
  private final Decoder base;
  private final Point point;
  private final List<CoupledStructure> structures;
  private final List<CoupledStructure> eligible;
  private final WrittenTypes types;

  /**
   * One whose weights are all taken to be of one type.
   *
   * @param structures all of the base's
   */
  public PointPruning(Decoder base, List<CoupledStructure> structures, Point point) {
    this(base, structures, point, WrittenTypes.ASSUMED);
  }

  /**
   * @param structures all of the base's
   * @param types of its weights, which target bytes counts in
   */
  public PointPruning(
      Decoder base, List<CoupledStructure> structures, Point point, WrittenTypes types) {
    this.base = base;
    this.types = types;
    this.point = point;
    this.structures = structures;
    this.eligible = Eligible.of(structures, point.strategy(), IterativePruning.layers(point));
  }

  /** All of the base's. */
  public List<CoupledStructure> structures() {
    return structures;
  }

  /** The structures that may be pruned. */
  public List<CoupledStructure> eligible() {
    return eligible;
  }

  /**
   * The part of a point that the size of the pruned model depends on, with whatever criterion and
   * in one step: several end at the counts of one.
   */
  public static Point ofSize(Point point) {
    return new Point(
        point.strategy(),
        point.attention(),
        point.mlp(),
        point.ratio(),
        Criterion.L1,
        Aggregation.SUM,
        point.scope(),
        point.target(),
        1,
        point.uniform(),
        0);
  }

  /**
   * Groups of the sizes that a recipe's have, of whatever units: counts depend on scores only where
   * structures compete, and then each loses what the order of discovery gives it.
   *
   * @throws InputException when the structures do not hold what is to go, or the target is latency,
   *     whose counts are unknown before times are measured
   */
  public List<Recipe.Group> counted() {
    if (point.target() == Target.LATENCY) {
      throw new InputException(
          "sizes under target latency are unknown until times are measured on a device");
    } else if (point.scope() == Scope.MEASURED) {
      return selection(Optional.empty()).counted();
    }
    List<MemberScores> any =
        eligible.stream()
            .map(s -> new MemberScores(s.name(), List.of(new double[s.units()])))
            .toList();
    return oneStep(ofSize(point), any);
  }

  private List<Recipe.Group> oneStep(Point of, List<MemberScores> scores) {
    return IterativePruning.run(
        base,
        () -> {
          throw new IllegalStateException("one step needs no weights");
        },
        eligible,
        of,
        scores,
        (model, left, step) -> scores);
  }

  /**
   * Which share is gone of what the point's ratio is a share of, where that is of the structures
   * that may be pruned: of the units of each kind, or, where all compete, of their parameters.
   *
   * @return by {@code attention}, {@code mlp}, {@code residual}, {@code layers} or {@code eligible}
   */
  public Map<String, Double> removed(List<Recipe.Group> groups) {
    if (point.target() != Target.GROUP_RATIO || point.strategy() == Strategy.IGNORE_DEPENDENCIES) {
      return Map.of();
    }
    boolean competing = point.scope() != Scope.LOCAL;
    UnitCosts costs =
        competing
            ? UnitCosts.of(base, eligible, point.strategy(), Target.PARAMETERS)
            : UnitCosts.none();
    Map<String, Integer> gone = new HashMap<>();
    groups.forEach(group -> gone.put(group.name(), group.removed().size()));
    Map<String, double[]> sums = new TreeMap<>();
    for (CoupledStructure structure : eligible) {
      String kind = competing ? "eligible" : structure.kind().name().toLowerCase(Locale.ROOT);
      double each = competing ? costs.of(structure) : 1;
      double[] sum = sums.computeIfAbsent(kind, any -> new double[2]);
      sum[0] += each * gone.getOrDefault(structure.name(), 0);
      sum[1] += each * Eligible.units(structure, IterativePruning.layers(point));
    }
    Map<String, Double> shares = new TreeMap<>();
    sums.forEach((kind, sum) -> shares.put(kind, sum[0] / sum[1]));
    return shares;
  }

  /** Of each structure that was scored its units, the first to go first. */
  public static Map<String, int[]> orders(List<MemberScores> scores, Aggregation aggregation) {
    Map<String, int[]> orders = new HashMap<>();
    IterativePruning.units(scores, aggregation, false)
        .forEach(
            (name, units) ->
                orders.put(
                    name, Ranking.ascending(units).stream().mapToInt(Integer::intValue).toArray()));
    return orders;
  }

  /** The same of a target that needs no times. */
  public Recipe measured(
      List<MemberScores> scores,
      Map<String, double[]> profiles,
      Map<String, String> identity,
      Map<String, String> provenance) {
    return measured(scores, profiles, Optional.empty(), identity, provenance);
  }

  /**
   * The recipe of scope measured.
   *
   * @param scores of the eligible structures
   * @param profiles of those that have several units, as {@link dev.secateur.estimation.Profiles}
   *     measures them
   * @param latency of target latency, and of no other
   * @param identity what the recipe says of its base
   * @param provenance what it says of how it was made
   * @throws InputException when the structures do not hold what is to go
   */
  public Recipe measured(
      List<MemberScores> scores,
      Map<String, double[]> profiles,
      Optional<LatencyTable> latency,
      Map<String, String> identity,
      Map<String, String> provenance) {
    return allocated(
        orders(scores, point.aggregation()), allocation(profiles, latency), identity, provenance);
  }

  /** The same of a target that needs no times. */
  public Map<String, Integer> allocation(Map<String, double[]> profiles) {
    return allocation(profiles, Optional.empty());
  }

  /**
   * How many units go of each structure that loses any, when profiles share the budget out.
   *
   * @param profiles as of {@link #measured}
   * @param latency of target latency, and of no other
   * @throws InputException when the structures do not hold what is to go
   */
  public Map<String, Integer> allocation(
      Map<String, double[]> profiles, Optional<LatencyTable> latency) {
    return selection(latency).counts(profiles);
  }

  /**
   * Of each structure that several units may go of what one saves of the budget, by name; of every
   * target but latency.
   */
  public Map<String, Long> savings() {
    return selection(Optional.empty()).savings();
  }

  /** What is to be saved, in the unit of {@link #savings}. */
  public long budget() {
    return selection(Optional.empty()).budget();
  }

  private MeasuredSelection selection(Optional<LatencyTable> latency) {
    return new MeasuredSelection(base, eligible, point, types, latency);
  }

  /**
   * The recipe that takes this many units out of each structure.
   *
   * @param orders of each structure its units, the first to go first
   * @param counts how many go, by structure; none of others
   * @param identity what the recipe says of its base
   * @param provenance what it says of how it was made
   */
  public Recipe allocated(
      Map<String, int[]> orders,
      Map<String, Integer> counts,
      Map<String, String> identity,
      Map<String, String> provenance) {
    return recipe(MeasuredSelection.groups(eligible, orders, counts), identity, provenance);
  }

  /** Bytes of the weights of the base, or of what some groups leave, without files' headers. */
  public long bytes(List<Recipe.Group> groups) {
    return UnitCosts.bytes(groups.isEmpty() ? base : Pruning.prune(base, groups), types);
  }

  private Recipe recipe(
      List<Recipe.Group> groups, Map<String, String> identity, Map<String, String> provenance) {
    Recipe.Parameters parameters =
        new Recipe.Parameters(Pruning.elements(base), parameters(groups));
    return Recipe.of(identity, point, groups, parameters, provenance);
  }

  /** The parameters that are left without the units of some groups. */
  public long parameters(List<Recipe.Group> groups) {
    return IterativePruning.parametersLeft(base, point.strategy(), groups);
  }

  /**
   * Ranks and removes, in the one step of the point.
   *
   * @param scores of the eligible structures
   * @param identity what the recipe says of its base
   * @param provenance what it says of how it was made
   */
  public Recipe atOnce(
      List<MemberScores> scores, Map<String, String> identity, Map<String, String> provenance) {
    return recipe(oneStep(point, scores), identity, provenance);
  }

  /**
   * Ranks, removes, and as often as the point asks estimates again on what is left.
   *
   * @param model the base, opened only if scores are estimated again
   * @param first the scores of the eligible structures
   * @param again called before every step but the first
   * @param identity what the recipe says of its base
   * @param provenance what it says of how it was made
   */
  public Recipe recipe(
      Supplier<Model> model,
      List<MemberScores> first,
      IterativePruning.Scorer again,
      Map<String, String> identity,
      Map<String, String> provenance) {
    List<Recipe.Group> groups = IterativePruning.run(base, model, eligible, point, first, again);
    return recipe(groups, identity, provenance);
  }
}
