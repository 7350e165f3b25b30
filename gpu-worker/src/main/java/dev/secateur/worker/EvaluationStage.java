package dev.secateur.worker;

import dev.secateur.evaluation.Perplexity;
import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.Map;

/** Perplexity of the base, the pruned or the recovered model; its metrics are its whole result. */
final class EvaluationStage {
  private EvaluationStage() {}

  static Map<String, Double> compute(StageSpec.Evaluation spec, StageContext context) {
    long[] document;
    try (Tokenizer tokenizer = Tokenizer.open(Path.of(spec.model().path()))) {
      long most = (long) spec.window() * spec.windows();
      document = Texts.document(spec.text(), Split.TEST, tokenizer, most);
    }
    if (spec.recipe().isEmpty()) {
      return evaluate(spec, context.base(spec.model()), document, context);
    }
    try (Model model = context.recovered(spec.model(), spec.recipe().get(), spec.adapter())) {
      return evaluate(spec, model, document, context);
    }
  }

  private static Map<String, Double> evaluate(
      StageSpec.Evaluation spec, Model model, long[] document, StageContext context) {
    Perplexity result =
        Perplexity.of(
            model,
            document,
            spec.window(),
            spec.windows(),
            (done, all) -> context.report(done, all, "windows"));
    return Map.of(
        "perplexity", result.perplexity(),
        "windows", (double) result.windows(),
        "tokens", (double) result.tokens());
  }
}
