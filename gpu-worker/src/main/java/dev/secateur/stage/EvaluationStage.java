package dev.secateur.stage;

import dev.secateur.model.Model;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.StageSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * What a model is worth: perplexity, accuracy, and where they are asked for speed and texts. The
 * metrics are the whole result, but for the texts.
 */
final class EvaluationStage implements StageComputation<StageSpec.Evaluation> {
  @Override
  public Class<StageSpec.Evaluation> spec() {
    return StageSpec.Evaluation.class;
  }

  @Override
  public Map<String, Double> compute(StageSpec.Evaluation spec, StageContext context, Path folder)
      throws IOException {
    Measurements measurements = new Measurements(spec, context, folder);
    Precision precision = spec.precision().orElse(Precision.FLOAT32);
    if (spec.subject().recipe().isEmpty()) {
      return context.base(spec.model()).computedIn(precision, measurements::of);
    }
    try (Model model = context.made(spec.model(), spec.subject())) {
      return model.computedIn(precision, measurements::of);
    }
  }

  @Override
  public String memoryNeed(StageSpec.Evaluation spec) {
    return "windows of " + spec.window() + " tokens";
  }
}
