package dev.secateur.worker;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.WordNetTask;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.model.Model;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.TextRef;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Perplexity and accuracy of the base, the pruned or the recovered model; the metrics are the whole
 * result.
 */
final class EvaluationStage {
  private EvaluationStage() {}

  static Map<String, Double> compute(StageSpec.Evaluation spec, StageContext context) {
    if (spec.recipe().isEmpty()) {
      return evaluate(spec, context.base(spec.model()), context);
    }
    try (Model model = context.recovered(spec.model(), spec.recipe().get(), spec.adapter())) {
      return evaluate(spec, model, context);
    }
  }

  private static Map<String, Double> evaluate(
      StageSpec.Evaluation spec, Model model, StageContext context) {
    Map<String, Double> metrics = new HashMap<>();
    Path folder = Path.of(spec.model().path());
    try (Tokenizer tokenizer = Tokenizer.open(folder)) {
      long most = (long) spec.window() * spec.windows();
      Perplexity perplexity =
          Perplexity.of(
              model,
              Texts.document(spec.text(), Split.TEST, tokenizer, most),
              spec.window(),
              spec.windows(),
              (done, all) -> context.report(done, all, "windows"));
      metrics.put("perplexity", perplexity.perplexity());
      metrics.put("windows", (double) perplexity.windows());
      metrics.put("tokens", (double) perplexity.tokens());
      if (spec.tasks().isPresent()) {
        int longest = Checkpoint.open(folder).config().longestText();
        LogLikelihoods likelihoods = new LogLikelihoods(model, tokenizer, longest);
        addTasks(spec, likelihoods, context, metrics);
      }
    }
    return metrics;
  }

  private static void addTasks(
      StageSpec.Evaluation spec,
      LogLikelihoods likelihoods,
      StageContext context,
      Map<String, Double> metrics) {
    List<ZeroShot.Questions> tasks = tasks(spec.tasks().orElseThrow(), spec.questions());
    Map<String, TaskResult> results =
        ZeroShot.evaluate(tasks, likelihoods, (task, done, all) -> context.report(done, all, task));
    results.forEach(
        (task, result) -> {
          metrics.put(task + ".acc", result.acc());
          metrics.put(task + ".n", (double) result.n());
          metrics.put(task + ".truncated", (double) result.truncated());
          result.accNorm().ifPresent(value -> metrics.put(task + ".acc_norm", value));
        });
    metrics.put("accuracy", ZeroShot.average(tasks, results));
  }

  private static List<ZeroShot.Questions> tasks(TextRef tasks, int most) {
    return tasks.name().equals(TextRef.WORDNET)
        ? List.of(WordNetTask.questions(most))
        : ZeroShot.read(Path.of(tasks.name()), List.of()).stream()
            .map(task -> task.first(most))
            .toList();
  }
}
