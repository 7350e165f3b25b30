package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.SafetensorsWriter;
import dev.secateur.discovery.Discovery;
import dev.secateur.estimation.GivenScores;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.StoredScores;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.ImportSpec;
import dev.secateur.pruning.GivenRecipe;
import dev.secateur.pruning.Recipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Stores scores or a recipe from elsewhere as if an estimation or a pruning had made them. */
final class ImportStage implements StageComputation<ImportSpec> {
  @Override
  public Class<ImportSpec> spec() {
    return ImportSpec.class;
  }

  @Override
  public Map<String, Double> compute(ImportSpec spec, StageContext context, Path folder)
      throws IOException {
    Decoder base = Checkpoint.open(context.checkpoint(spec.model())).decoder();
    Path file = context.file(spec.file()).file();
    return spec.content() instanceof ImportSpec.Scores scores
        ? scores(file, scores.name(), base, folder)
        : recipe(file, spec, base, folder);
  }

  private static Map<String, Double> scores(
      Path file, Criterion criterion, Decoder base, Path folder) throws IOException {
    GivenScores scores = GivenScores.read(file, Optional.empty());
    scores.of(Discovery.of(base), List.of());
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    scores
        .byStructure()
        .forEach(
            (structure, members) ->
                tensors.addAll(
                    StoredScores.tensors(criterion, new MemberScores(structure, members))));
    SafetensorsWriter.write(folder.resolve(StageContext.SCORES), Map.of(), tensors);
    return Map.of("structures", (double) scores.byStructure().size());
  }

  private static Map<String, Double> recipe(Path file, ImportSpec spec, Decoder base, Path folder)
      throws IOException {
    Recipe recipe = GivenRecipe.read(file, base, Map.of("sha256", spec.model().sha256())).recipe();
    AtomicFile.write(folder.resolve(StageContext.RECIPE), recipe.json());
    return PruningStage.metrics(recipe, base);
  }
}
