package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.CheckpointReader;
import dev.secateur.checkpoint.CheckpointWriter;
import dev.secateur.checkpoint.WrittenCheckpoint;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.gguf.GgufExport;
import dev.secateur.gguf.GgufType;
import dev.secateur.model.Model;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.GgufWeights;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.StageKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the pruned model as a checkpoint, each weight in the type that the base stores it in, and
 * reads it back before the stage is done; if requested, with a GGUF file beside it.
 */
final class ExportStage implements StageComputation<ExportSpec> {
  static final String GGUF = "model.gguf";

  @Override
  public Class<ExportSpec> spec() {
    return ExportSpec.class;
  }

  @Override
  public Map<String, Double> compute(ExportSpec spec, StageContext context, Path folder)
      throws IOException {
    Checkpoint base = Checkpoint.open(context.checkpoint(spec.model()));
    StageKey recipe = spec.subject().recipe();
    Optional<GgufWeights> gguf = spec.files().gguf();
    if (gguf.isPresent()) { // a refusal comes before the work
      GgufExport.check(context.recipe(recipe).shape(base.decoder()), base.folder());
    }
    try (Model model = context.made(spec.model(), spec.subject())) {
      WrittenTypes types = context.recipe(recipe).types(base);
      WrittenCheckpoint written = CheckpointWriter.write(model, base, types, folder);
      AtomicFile.write(
          folder.resolve(StageContext.RECIPE),
          Files.readAllBytes(context.artifact(recipe).file(StageContext.RECIPE)));
      long parameters = CheckpointReader.check(Checkpoint.open(folder));
      written.lines().forEach(line -> context.report(1, 1, line));
      Map<String, Double> metrics = new HashMap<>();
      metrics.put("parameters", (double) parameters);
      metrics.put("stock_transformers", written.isStock() ? 1.0 : 0.0);
      if (gguf.isPresent()) {
        metrics.put("gguf_bytes", (double) writeGguf(spec.model(), gguf.get(), context, folder));
      }
      return metrics;
    }
  }

  /** The GGUF file of the checkpoint that was written, beside it; returns its bytes. */
  private static long writeGguf(
      ModelRef model, GgufWeights weights, StageContext context, Path folder) throws IOException {
    Path file = folder.resolve(GGUF);
    GgufType type = GgufType.of(weights);
    GgufExport written = GgufExport.write(Checkpoint.open(folder), type, name(model), file);
    context.report(1, 1, GGUF + ": llama.cpp's '" + written.architecture() + "'");
    written.notes().forEach(note -> context.report(1, 1, GGUF + ": " + note));
    return Files.size(file);
  }

  /** The last name of a path, or of a repository of the hub without its revision. */
  private static String name(ModelRef model) {
    String path = model.name().replaceFirst("/+$", "");
    return path.substring(path.lastIndexOf('/') + 1).replaceFirst("@.*", "");
  }
}
