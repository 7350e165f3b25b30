package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.compensation.CompensationFile;
import dev.secateur.compensation.Fitted;
import dev.secateur.compensation.Refit;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.Samples;
import dev.secateur.pruning.Recipe;
import dev.secateur.source.CalibrationSamples;
import dev.secateur.tensor.Versions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Refits the matrices of a pruned model, and stores them beside its recipe. */
final class CompensationStage implements StageComputation<CompensationSpec> {
  @Override
  public Class<CompensationSpec> spec() {
    return CompensationSpec.class;
  }

  @Override
  public Map<String, Double> compute(CompensationSpec spec, StageContext context, Path folder)
      throws IOException {
    Path checkpoint = context.checkpoint(spec.model());
    Recipe recipe = context.recipe(spec.recipe());
    Samples samples = spec.samples();
    Batch batch = CalibrationSamples.draw(samples.of(context.local(samples.text())), checkpoint);
    Model base = context.base(spec.model());
    List<Fitted> fitted =
        CompensationFile.write(
            folder.resolve(CompensationFile.NAME),
            base,
            recipe,
            recipe.types(Checkpoint.open(checkpoint)),
            Refit.of(spec.ridge(), spec.inner()),
            batch,
            provenance(spec),
            (block, of) -> context.report(block, of, "blocks"));
    AtomicFile.write(
        folder.resolve(StageContext.RECIPE),
        Files.readAllBytes(context.artifact(spec.recipe()).file(StageContext.RECIPE)));
    return Map.of(
        "matrices", (double) fitted.size(),
        "error_before", fitted.stream().mapToDouble(Fitted::before).sum(),
        "error_after", fitted.stream().mapToDouble(Fitted::after).sum());
  }

  private static Map<String, String> provenance(CompensationSpec spec) {
    Map<String, String> provenance = new TreeMap<>();
    provenance.put("secateur", Versions.secateur());
    provenance.put("recipe", spec.recipe().value());
    provenance.put("ridge", spec.ridge().label());
    provenance.put("method", CompensationMethod.refitting(spec.inner()).label());
    return provenance;
  }

  @Override
  public String memoryNeed(CompensationSpec spec) {
    return spec.samples().count()
        + " samples of "
        + spec.samples().length()
        + " tokens, of which both residual streams are kept (fewer samples need less)";
  }
}
