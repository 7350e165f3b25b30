package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Writes the pruned model as a checkpoint, each weight in the type that the base stores it in, and
 * reads it back before it is called done.
 */
final class ExportStage implements StageComputation<StageSpec.Export> {
  @Override
  public Class<StageSpec.Export> spec() {
    return StageSpec.Export.class;
  }

  @Override
  public Map<String, Double> compute(StageSpec.Export spec, StageContext context, Path folder)
      throws IOException {
    Checkpoint base = Checkpoint.open(context.checkpoint(spec.model()));
    try (Model model = context.recovered(spec.model(), spec.recipe(), spec.adapter())) {
      WrittenTypes types = context.recipe(spec.recipe()).types(base);
      WrittenCheckpoint written = CheckpointWriter.write(model, base, types, folder);
      AtomicFile.write(
          folder.resolve(StageContext.RECIPE),
          Files.readAllBytes(context.artifact(spec.recipe()).file(StageContext.RECIPE)));
      long parameters = CheckpointReader.check(Checkpoint.open(folder));
      written.lines().forEach(line -> context.report(1, 1, line));
      return Map.of(
          "parameters", (double) parameters, "stock_transformers", written.isStock() ? 1.0 : 0.0);
    }
  }
}
