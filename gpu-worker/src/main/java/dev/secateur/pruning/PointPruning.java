package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.MemberScores;
import dev.secateur.model.Decoder;
import dev.secateur.model.Model;
import dev.secateur.protocol.Point;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Prunes as a point of the grid asks: from scores to a recipe, in sweeps and in one command. */
public final class PointPruning {
  private final Decoder base;
  private final Point point;
  private final List<CoupledStructure> eligible;

  /**
   * @param structures all of the base's
   */
  public PointPruning(Decoder base, List<CoupledStructure> structures, Point point) {
    this.base = base;
    this.point = point;
    this.eligible = Eligible.of(structures, point.strategy(), IterativePruning.layers(point));
  }

  /** The structures that may be pruned. */
  public List<CoupledStructure> eligible() {
    return eligible;
  }

  /**
   * Ranks, removes, and as often as the point asks estimates again on what is left.
   *
   * @param model the base, asked for only where scores are estimated anew
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
    Recipe.Parameters parameters =
        new Recipe.Parameters(
            Pruning.elements(base),
            IterativePruning.parametersLeft(base, point.strategy(), groups));
    return Recipe.of(identity, point, groups, parameters, provenance);
  }
}
