package dev.secateur.stage;

import dev.secateur.checkpoint.AtomicFile;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.evaluation.DeclaredTask;
import dev.secateur.evaluation.LogLikelihoods;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.WordNetTask;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.generation.Continuation;
import dev.secateur.generation.Latency;
import dev.secateur.json.Json;
import dev.secateur.model.Model;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.TextRef;
import dev.secateur.source.Texts;
import dev.secateur.text.Documents;
import dev.secateur.text.Split;
import dev.secateur.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What a stage of evaluation measures of a model, one measurement after the other. */
final class Measurements {
  private final EvaluationSpec spec;
  private final StageContext context;
  private final Path folder;
  private final Map<String, Double> metrics = new HashMap<>();

  Measurements(EvaluationSpec spec, StageContext context, Path folder) {
    this.spec = spec;
    this.context = context;
    this.folder = folder;
  }

  /** Measures what the stage requires; returns the metrics. */
  Map<String, Double> of(Model model) throws IOException {
    Path base = context.checkpoint(spec.model());
    try (Tokenizer tokenizer = Tokenizer.open(base)) {
      addPerplexity(model, tokenizer);
      List<ZeroShot.Questions> tasks = tasks();
      if (!tasks.isEmpty()) {
        int longest = Checkpoint.open(base).config().longestText();
        addAccuracy(tasks, new LogLikelihoods(model, tokenizer, spec.beginToken(), longest));
      }
      if (spec.speed() instanceof LatencyProtocol latency) {
        addLatency(model, tokenizer, latency);
      }
      if (spec.texts() instanceof Generation generation) {
        addTexts(model, tokenizer, generation);
      }
    }
    return metrics;
  }

  private void addPerplexity(Model model, Tokenizer tokenizer) {
    Texts.Measured measured =
        Texts.measured(
            () -> model,
            tokenizer,
            context.local(spec.text()),
            new Perplexity.Protocol(
                spec.window(), spec.window(), spec.windows(), spec.perplexityBegin()),
            (done, all) -> context.report(done, all, "windows"));
    Perplexity perplexity = measured.perplexity();
    metrics.put("perplexity", perplexity.perplexity());
    metrics.put("bits_per_byte", measured.bitsPerByte());
    metrics.put("windows", (double) perplexity.windows());
    metrics.put("tokens", (double) perplexity.tokens());
  }

  private long[] document(Tokenizer tokenizer, long most) {
    return Texts.document(context.local(spec.text()), Split.TEST, tokenizer, most);
  }

  private List<ZeroShot.Questions> tasks() {
    List<ZeroShot.Questions> tasks = new ArrayList<>();
    spec.readyTasks().source().ifPresent(named -> tasks.addAll(named(named)));
    for (ChoiceTask declared : spec.choiceTasks()) {
      Path rows = context.file(declared.rows()).file();
      tasks.add(DeclaredTask.questions(declared, rows));
    }
    return tasks.stream().map(task -> task.first(spec.questions())).toList();
  }

  private List<ZeroShot.Questions> named(TextRef tasks) {
    return tasks.name().equals(TextRef.WORDNET)
        ? List.of(WordNetTask.questions(spec.questions()))
        : ZeroShot.read(context.tasks(tasks), List.of());
  }

  private void addAccuracy(List<ZeroShot.Questions> tasks, LogLikelihoods likelihoods) {
    Map<String, TaskResult> results =
        ZeroShot.evaluate(tasks, likelihoods, (task, done, all) -> context.report(done, all, task));
    results.forEach(
        (task, result) -> {
          metrics.put(task + ".acc", result.acc());
          metrics.put(task + ".acc_stderr", result.accStderr());
          metrics.put(task + ".n", (double) result.n());
          metrics.put(task + ".truncated", (double) result.truncated());
          result.accNorm().ifPresent(value -> metrics.put(task + ".acc_norm", value));
        });
    metrics.put("accuracy", ZeroShot.average(tasks, results));
  }

  private void addLatency(Model model, Tokenizer tokenizer, LatencyProtocol protocol) {
    int length = protocol.length();
    long[] document = document(tokenizer, (long) length * protocol.batch());
    long[][] windows = Documents.windows(document, length, protocol.batch());
    Latency latency =
        Latency.measure(
            model, windows, protocol, (done, all) -> context.report(done, all, "latency"));
    metrics.put("forward_seconds", latency.forward().median());
    metrics.put("forward_seconds.p10", latency.forward().tenth());
    metrics.put("forward_seconds.p90", latency.forward().ninetieth());
    metrics.put("token_seconds", latency.token().median());
    metrics.put("token_seconds.p10", latency.token().tenth());
    metrics.put("token_seconds.p90", latency.token().ninetieth());
  }

  private void addTexts(Model model, Tokenizer tokenizer, Generation asked) throws IOException {
    List<Continuation> texts = new ArrayList<>();
    for (String prompt : asked.prompts()) {
      context.report(texts.size(), asked.prompts().size(), "texts");
      texts.add(Continuation.of(model, tokenizer, prompt, asked));
    }
    AtomicFile.write(
        folder.resolve(StageContext.SAMPLES),
        Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(texts) + "\n");
    metrics.put("distinct_1", mean(texts, text -> text.repetition().distinct1()));
    metrics.put("distinct_2", mean(texts, text -> text.repetition().distinct2()));
    metrics.put("repeated_4", mean(texts, text -> text.repetition().repeated4()));
  }

  private static double mean(List<Continuation> texts, ToDoubleFunction<Continuation> measure) {
    return texts.stream().mapToDouble(measure).average().orElse(0);
  }
}
