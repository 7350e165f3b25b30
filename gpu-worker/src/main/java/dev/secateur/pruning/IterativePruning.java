package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.UnitScores;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Estimates, removes, and estimates again on the rest, in as many steps as a point of the grid has.
 */
public final class IterativePruning {
  private IterativePruning() {}

  /** Scores of a model's structures. */
  @FunctionalInterface
  public interface Scorer {
    /**
     * @param eligible the structures of the model as it is at that step
     * @param step counted from one
     */
    List<MemberScores> score(Model model, List<CoupledStructure> eligible, int step);
  }

  /**
   * Which units go.
   *
   * @param base opened only if scores are estimated again
   * @param structures of the base that may be pruned
   * @param first the scores of the base
   * @param again called before every step but the first
   * @throws ArithmeticException naming a structure whose scores are not finite
   */
  public static List<Recipe.Group> run(
      Decoder decoder,
      Supplier<Model> base,
      List<CoupledStructure> structures,
      Point point,
      List<MemberScores> first,
      Scorer again) {
    Eligible.Layers layers = layers(point);
    Selection selection =
        new Selection(
            decoder,
            structures,
            point.strategy(),
            layers,
            new Budget(
                point.scope(),
                point.target(),
                point.ratio(),
                point.steps(),
                point.uniform(),
                point.criterion().scoresLosses()));
    boolean comparable = point.scope() == Scope.GLOBAL;
    selection.remove(1, units(first, point.aggregation(), comparable));
    for (int step = 2; step <= point.steps(); step++) {
      try (Model current = Slicer.slice(base.get(), selection.groups())) {
        List<CoupledStructure> left =
            Eligible.of(Discovery.of(current.decoder()), point.strategy(), layers);
        selection.remove(
            step, units(again.score(current, left, step), point.aggregation(), comparable));
      }
    }
    return selection.groups();
  }

  /** The blocks that a point may prune. */
  public static Eligible.Layers layers(Point point) {
    return new Eligible.Layers(point.attention(), point.mlp());
  }

  /**
   * The scores of units.
   *
   * @param comparable across structures
   */
  static Map<String, double[]> units(
      List<MemberScores> scores, Aggregation aggregation, boolean comparable) {
    Map<String, double[]> units = new HashMap<>();
    for (MemberScores structure : scores) {
      if (structure.members().isEmpty()) {
        continue; // a single unit, of which nothing goes
      }
      double[] aggregated =
          comparable
              ? UnitScores.comparable(structure.members(), aggregation)
              : UnitScores.of(structure.members(), aggregation);
      units.put(structure.structure(), ranked(structure.structure(), aggregated, aggregation));
    }
    return units;
  }

  /** Scores that can be ranked: numbers, and infinite only as the logarithm of a product of 0. */
  private static double[] ranked(String structure, double[] scores, Aggregation aggregation) {
    for (int unit = 0; unit < scores.length; unit++) {
      boolean zero = aggregation == Aggregation.PRODUCT && scores[unit] == Double.NEGATIVE_INFINITY;
      if (!Double.isFinite(scores[unit]) && !zero) {
        throw new ArithmeticException(
            "structure '"
                + structure
                + "': the score of unit "
                + unit
                + ", aggregated by '"
                + aggregation.label()
                + "', is "
                + scores[unit]
                + "; nothing is pruned by scores that are not finite");
      }
    }
    return scores;
  }

  /** The model that a recipe makes of its base; to be closed by the caller. */
  public static Model prune(Model base, Strategy strategy, List<Recipe.Group> groups) {
    return strategy == Strategy.IGNORE_DEPENDENCIES
        ? Masking.mask(base, groups)
        : Slicer.slice(base, groups);
  }

  /** Of each parameter of the pruned model its name in the base. */
  public static Map<String, String> origins(
      Decoder base, Strategy strategy, List<Recipe.Group> groups) {
    Map<String, String> origins = new HashMap<>();
    if (strategy == Strategy.IGNORE_DEPENDENCIES) {
      base.parameters().forEach(parameter -> origins.put(parameter.name(), parameter.name()));
      return origins;
    }
    Removal removal = Removal.of(base, groups);
    base.parameters()
        .forEach(
            parameter ->
                removal
                    .renamed(parameter.name(), base)
                    .ifPresent(name -> origins.put(name, parameter.name())));
    return origins;
  }

  /** The parameters that are left. */
  public static long parametersLeft(Decoder base, Strategy strategy, List<Recipe.Group> groups) {
    return strategy == Strategy.IGNORE_DEPENDENCIES
        ? Pruning.elements(base) - Masking.elements(base, groups)
        : Pruning.elements(Pruning.prune(base, groups));
  }
}
