package dev.secateur.stage;

import dev.secateur.model.Model;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Subject;
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
    if (spec.subject() instanceof Subject.Made made) {
      try (Model model = context.made(spec.model(), made)) {
        return model.computedIn(spec.precision(), measurements::of);
      }
    }
    return context.base(spec.model()).computedIn(spec.precision(), measurements::of);
  }

  @Override
  public String memoryNeed(EvaluationSpec spec) {
    return "windows of " + spec.window() + " tokens";
  }
}
