package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.flag;
import static dev.secateur.coordinator.config.Key.label;
import static dev.secateur.coordinator.config.Key.number;
import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import com.typesafe.config.ConfigObject;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.SweepConfig.NamedText;
import dev.secateur.protocol.TextRef;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads {@code evaluation}. */
public final class EvaluationSection {
  private static final int ALL = Integer.MAX_VALUE;

  public static final Key<Integer> WINDOW = whole("window", 2, 1_000_000, 128, "tokens per window");
  public static final Key<Integer> WINDOWS =
      whole("windows", 1, ALL, ALL, "maximum number of windows per text");
  public static final Key<PerplexityBegin> PERPLEXITY_BEGIN =
      label(
              "perplexity-begin",
              PerplexityBegin.START,
              "where the tokenizer's begin-of-sequence token is put in a text: at its"
                  + " `start`, before every `window`, or nowhere (`none`)")
          .unit("where");
  public static final Key<BeginToken> BEGIN_TOKEN =
      label(
              "begin-token",
              BeginToken.TOKENIZER,
              "whether questions of tasks start with the begin-of-sequence token: if the"
                  + " `tokenizer` adds it (as in the evaluation harness), `always` or `never`")
          .unit("when");

  /** How speed is measured where nothing else is said. */
  public static final LatencyProtocol LATENCY = new LatencyProtocol(1, 64, 32, 3, 10);

  private static final Kind<String> TASK_NAME =
      Kind.name(
          name -> name.matches("[a-z0-9][a-z0-9_-]{0,63}"), "lower case letters, digits, '_', '-'");
  private static final ModelRef NO_MODEL = new ModelRef("", "", "", 0);

  private static final Key<ConfigObject> TEXTS =
      object(
              "texts",
              "more texts to measure perplexity on: names, or `{ text = ptb, name = ptb,"
                  + " window = 128, windows = 100 }`")
          .list();

  private EvaluationSection() {}

  /** The evaluation of no model yet. */
  static EvaluationSpec read(Section section, SourceNames names, long seed, Precision compute) {
    EvaluationSpec evaluation =
        new EvaluationSpec(
            NO_MODEL,
            new Subject.Base(),
            names.text(section, text("text", "text to measure perplexity on").or(TextRef.WORDNET)),
            section.get(WINDOW),
            section.get(WINDOWS),
            names
                .tasks(section, text("tasks", "a folder of multiple-choice tasks, or `wordnet`"))
                .<EvaluationSpec.ReadyTasks>map(EvaluationSpec.NamedTasks::new)
                .orElseGet(EvaluationSpec.Unasked::new),
            choiceTasks(section, names),
            section.get(whole("questions", 1, ALL, ALL, "maximum number of questions per task")),
            section
                .section(
                    object("latency", "measure speed, while other workers of the machine are idle"))
                .<EvaluationSpec.Speed>map(EvaluationSection::latency)
                .orElseGet(EvaluationSpec.Unasked::new),
            section
                .section(object("generate", "generate text with each model"))
                .<EvaluationSpec.Texts>map(inner -> generation(inner, seed))
                .orElseGet(EvaluationSpec.Unasked::new),
            section.get(BEGIN_TOKEN),
            section.get(PERPLEXITY_BEGIN),
            compute);
    return evaluation;
  }

  /** The texts beside that of the evaluation; a plain name stands for a text of that name. */
  static List<NamedText> texts(Section section, SourceNames names, EvaluationSpec first) {
    List<NamedText> texts = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Section inner : section.named(TEXTS, "text")) {
      inner.require("text", "a text");
      TextRef text = names.text(inner, text("text", "text to measure perplexity on"));
      NamedText named =
          new NamedText(
              inner
                  .find(
                      Key.of(
                          "name", TASK_NAME, "its name in the results; by default the text's name"))
                  .orElseGet(() -> brief(text.name())),
              text,
              inner.get(WINDOW.or(first.window())),
              inner.get(WINDOWS.or(first.windows())));
      inner.finish();
      if (!seen.add(named.name())) {
        section.problem("texts", "has '" + named.name() + "' twice; give one of them another name");
      }
      texts.add(named);
    }
    return texts;
  }

  /** The last word of a text's name, as metrics can bear it. */
  private static String brief(String name) {
    String last = name.replaceAll("#.*$", "").replaceAll("^.*/(?=.)", "");
    return last.toLowerCase(Locale.ROOT)
        .replaceAll("\\.(txt|jsonl|json|parquet)(\\.gz)?$", "")
        .replaceAll("[^a-z0-9_-]", "-");
  }

  private static List<ChoiceTask> choiceTasks(Section section, SourceNames names) {
    List<ChoiceTask> tasks =
        section
            .sections(object("choice-tasks", "a list of your own multiple-choice tasks").list())
            .stream()
            .map(inner -> choiceTask(inner, names))
            .toList();
    Set<String> seen = new HashSet<>();
    tasks.stream()
        .filter(task -> !seen.add(task.name()))
        .forEach(task -> section.problem("choice-tasks", "name '" + task.name() + "' twice"));
    return tasks;
  }

  private static ChoiceTask choiceTask(Section section, SourceNames names) {
    List.of("name", "file", "template", "choices", "answer")
        .forEach(key -> section.require(key, "one of the keys that every task needs"));
    ChoiceTask task =
        new ChoiceTask(
            section.find(Key.of("name", TASK_NAME, "its name in the results")).orElse("task"),
            names.text(section, text("file", "file with one question per row")),
            section
                .find(text("template", "text before the choices, with fields of a row in braces"))
                .orElse(""),
            section.list(
                text(
                        "choices",
                        "one template per choice, or a single `{field}` with a list of texts")
                    .list()),
            section
                .find(
                    text(
                        "answer",
                        "field that gives the correct choice: its index from 0, its text or its"
                            + " letter"))
                .orElse(""),
            section.get(
                flag("normalised", "report length-normalised accuracy as the task's accuracy")));
    section.finish();
    return task;
  }

  private static LatencyProtocol latency(Section section) {
    LatencyProtocol protocol =
        new LatencyProtocol(
            section.get(
                whole(
                    "batch",
                    1,
                    100_000,
                    LATENCY.batch(),
                    "batch size: sequences per forward pass")),
            section.get(whole("length", 1, 1_000_000, LATENCY.length(), "tokens per sequence")),
            section.get(
                whole(
                    "generated",
                    0,
                    1_000_000,
                    LATENCY.generated(),
                    "number of tokens to generate")),
            section.get(
                whole("warmup", 0, 100_000, LATENCY.warmup(), "warm-up passes, not measured")),
            section.get(
                whole("repetitions", 1, 1_000_000, LATENCY.repetitions(), "measured passes")));
    section.finish();
    return protocol;
  }

  private static Generation generation(Section section, long seed) {
    section.require("prompts", "a list of prompts");
    List<String> prompts = section.list(text("prompts", "prompts to continue").list());
    Generation generation = generation(section, prompts, seed);
    section.finish();
    return generation;
  }

  /** How texts are written, as a sweep or the command line says. */
  public static Generation generation(Values values, List<String> prompts, long seed) {
    return new Generation(
        prompts,
        values.get(whole("max-tokens", 1, 100_000, 64, "maximum number of tokens to generate")),
        values.get(
            number(
                "temperature",
                "0",
                "100",
                1,
                "sampling temperature; 0: always take the most probable token")),
        values.get(
            whole(
                "top-k",
                0,
                10_000_000,
                50,
                "sample from the k most probable tokens; 0: from all tokens")),
        values.get(
            number(
                "top-p",
                "0.000001",
                "1",
                0.95,
                "nucleus sampling: sample from the smallest set of tokens whose probabilities"
                    + " sum to at least this")),
        values.get(
            Key.of(
                "seed",
                Kind.seed(),
                seed,
                "seed of sampling; in a sweep, by default the sweep's `seed`")));
  }
}
