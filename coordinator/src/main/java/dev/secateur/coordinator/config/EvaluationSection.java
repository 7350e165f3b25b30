package dev.secateur.coordinator.config;

import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.SweepConfig.Evaluation;
import dev.secateur.protocol.TextRef;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads {@code evaluation}. */
final class EvaluationSection {
  private final SourceNames names;
  private final long seed;

  private EvaluationSection(SourceNames names, long seed) {
    this.names = names;
    this.seed = seed;
  }

  static Evaluation read(Section section, SourceNames names, long seed) {
    EvaluationSection reader = new EvaluationSection(names, seed);
    Evaluation evaluation =
        new Evaluation(
            names.text(section, "text"),
            section.integer("window", 128, 2, 1_000_000),
            section.integer("windows", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
            names.tasks(section, "tasks"),
            reader.choiceTasks(section),
            section.integer("questions", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
            section.section("latency").map(EvaluationSection::latency),
            section.section("generate").map(reader::generation),
            section.label("begin-token", BeginToken.class, BeginToken.TOKENIZER),
            section.label("perplexity-begin", PerplexityBegin.class, PerplexityBegin.START));
    section.finish();
    return evaluation;
  }

  private List<ChoiceTask> choiceTasks(Section section) {
    List<ChoiceTask> tasks =
        section.sections("choice-tasks").stream().map(this::choiceTask).toList();
    Set<String> seen = new HashSet<>();
    tasks.stream()
        .filter(task -> !seen.add(task.name()))
        .forEach(task -> section.problem("choice-tasks", "name '" + task.name() + "' twice"));
    return tasks;
  }

  private ChoiceTask choiceTask(Section section) {
    List.of("name", "file", "template", "choices", "answer")
        .forEach(key -> section.require(key, "one of what declares a task"));
    String name = section.text("name", "task");
    if (!name.matches("[a-z0-9][a-z0-9_-]{0,63}")) {
      section.problem(
          "name", "is '" + name + "'; allowed are lower case letters, digits, '_', '-'");
    }
    ChoiceTask task =
        new ChoiceTask(
            name,
            rows(section),
            section.text("template", ""),
            section.texts("choices", List.of(), choice -> choice),
            section.text("answer", ""),
            section.flag("normalised", false));
    section.finish();
    return task;
  }

  private TextRef rows(Section section) {
    String file = section.text("file", TextRef.WORDNET);
    try {
      return names.sources().text(file);
    } catch (InputException e) {
      section.problem("file", e.getMessage());
      return new TextRef(file, "");
    }
  }

  private static LatencyProtocol latency(Section section) {
    LatencyProtocol protocol =
        new LatencyProtocol(
            section.integer("batch", 1, 1, 100_000),
            section.integer("length", 64, 1, 1_000_000),
            section.integer("generated", 32, 0, 1_000_000),
            section.integer("warmup", 3, 0, 100_000),
            section.integer("repetitions", 10, 1, 1_000_000));
    section.finish();
    return protocol;
  }

  private Generation generation(Section section) {
    section.require("prompts", "a list of texts to go on from");
    Generation generation =
        new Generation(
            section.texts("prompts", List.of(), prompt -> prompt),
            section.integer("max-tokens", 64, 1, 100_000),
            section.number("temperature", 1, "0", "100"),
            section.integer("top-k", 50, 0, 10_000_000),
            section.number("top-p", 0.95, "0.000001", "1"),
            section.seed("seed", seed));
    section.finish();
    return generation;
  }
}
