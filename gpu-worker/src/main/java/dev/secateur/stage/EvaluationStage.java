package dev.secateur.stage;

import dev.secateur.model.Model;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Measures a model: perplexity, accuracy and, if requested, speed and texts. The result is the
 * metrics, and the texts.
 */
final class EvaluationStage implements StageComputation<EvaluationSpec> {
  @Override
  public Class<EvaluationSpec> spec() {
    return EvaluationSpec.class;
  }

  @Override
  public Map<String, Double> compute(EvaluationSpec spec, StageContext context, Path folder)
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
  public String memoryNeed(EvaluationSpec spec) {
    return "windows of " + spec.window() + " tokens";
  }
}
