package dev.secateur.worker;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.estimation.UnitScores;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.StageSpec;
import dev.secateur.pruning.Pruning;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** From stored scores to a recipe; arithmetic only. */
final class PruningStage {
  private PruningStage() {}

  static Map<String, Double> compute(StageSpec.Pruning spec, StageContext context, Path folder)
      throws IOException {
    Decoder base = Checkpoint.open(Path.of(spec.model().path())).decoder();
    List<CoupledStructure> eligible =
        Pruning.eligible(
            context.structures(spec.discovery()),
            spec.strategy(),
            spec.firstLayer(),
            spec.endLayer());
    List<Recipe.Group> groups =
        Pruning.choose(
            eligible,
            spec.ratio(),
            structure ->
                UnitScores.of(
                    EstimationStage.read(context, spec.estimation(), spec.criterion(), structure),
                    spec.aggregation()));
    long before = Pruning.elements(base);
    long after = Pruning.elements(Pruning.prune(base, groups));
    Recipe recipe =
        new Recipe(
            Map.of("model", spec.model().name(), "sha256", spec.model().sha256()),
            spec.strategy(),
            spec.ratio(),
            spec.criterion(),
            spec.aggregation(),
            groups,
            new Recipe.Parameters(before, after),
            Map.of(
                "secateur", Versions.secateur(),
                "scores", spec.estimation().value()));
    AtomicFile.write(folder.resolve(StageContext.RECIPE), recipe.json());
    return Map.of(
        "parameters_before", (double) before,
        "parameters_after", (double) after,
        "units_removed", (double) groups.stream().mapToInt(g -> g.removed().size()).sum());
  }
}
