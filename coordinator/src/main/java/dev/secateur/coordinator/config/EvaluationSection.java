package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Kind.number;
import static dev.secateur.coordinator.config.Kind.whole;

import com.typesafe.config.ConfigObject;
import dev.secateur.protocol.BeginToken;
import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.Generation;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.PerplexityBegin;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.TextRef;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads {@code evaluation}. */
public final class EvaluationSection {
  public static final Key<Integer> WINDOW =
      Key.of("window", whole(2, 1_000_000), 128, "tokens of a window").unit("tokens");
  public static final Key<Integer> WINDOWS =
      Key.of(
          "windows", whole(1, Integer.MAX_VALUE), Integer.MAX_VALUE, "the most windows of a text");
  public static final Key<PerplexityBegin> PERPLEXITY_BEGIN =
      Key.of(
              "perplexity-begin",
              Kind.label(PerplexityBegin.class),
              PerplexityBegin.START,
              "where the tokenizer's begin token stands in a text: at its `start`, before every"
                  + " `window`, or `none`")
          .unit("where");
  public static final Key<BeginToken> BEGIN_TOKEN =
      Key.of(
              "begin-token",
              Kind.label(BeginToken.class),
              BeginToken.TOKENIZER,
              "whether the tasks' questions start with the begin token: where the `tokenizer` puts"
                  + " it there (as the evaluation harness does), `always`, `never`")
          .unit("when");

  /** How speed is measured where nothing else is said. */
  public static final LatencyProtocol LATENCY = new LatencyProtocol(1, 64, 32, 3, 10);

  private static final Key<String> TEXT =
      Key.of("text", Kind.text(), TextRef.WORDNET, "what perplexity is measured on");
  private static final Key<String> TASKS =
      Key.of("tasks", Kind.text(), "a folder of multiple-choice tasks, or `wordnet`");
  private static final Key<Integer> QUESTIONS =
      Key.of(
          "questions",
          whole(1, Integer.MAX_VALUE),
          Integer.MAX_VALUE,
          "the most questions of each task");
  private static final Key<ConfigObject> CHOICE_TASKS =
      Key.of("choice-tasks", Kind.object(), "tasks of your own").list();
  private static final Key<ConfigObject> LATENCY_OF =
      Key.of(
          "latency",
          Kind.object(),
          "measure speed, while other workers of the machine rest; not without it");
  private static final Key<ConfigObject> GENERATE =
      Key.of("generate", Kind.object(), "let the model write texts; not without it");
  private static final Kind<String> TASK_NAME =
      Kind.name(
          name -> name.matches("[a-z0-9][a-z0-9_-]{0,63}"), "lower case letters, digits, '_', '-'");
  private static final ModelRef NO_MODEL = new ModelRef("", "", "", 0);

  private EvaluationSection() {}

  /** The evaluation of no model yet. */
  static StageSpec.Evaluation read(Section section, SourceNames names, long seed) {
    StageSpec.Evaluation evaluation =
        new StageSpec.Evaluation(
            NO_MODEL,
            StageSpec.Subject.base(),
            names.text(section, TEXT),
            section.get(WINDOW),
            section.get(WINDOWS),
            names.tasks(section, TASKS),
            choiceTasks(section, names),
            section.get(QUESTIONS),
            section.section(LATENCY_OF).map(EvaluationSection::latency),
            section.section(GENERATE).map(inner -> generation(inner, seed)),
            section.get(BEGIN_TOKEN),
            section.get(PERPLEXITY_BEGIN));
    section.finish();
    return evaluation;
  }

  private static List<ChoiceTask> choiceTasks(Section section, SourceNames names) {
    List<ChoiceTask> tasks =
        section.sections(CHOICE_TASKS).stream().map(inner -> choiceTask(inner, names)).toList();
    Set<String> seen = new HashSet<>();
    tasks.stream()
        .filter(task -> !seen.add(task.name()))
        .forEach(task -> section.problem("choice-tasks", "name '" + task.name() + "' twice"));
    return tasks;
  }

  private static ChoiceTask choiceTask(Section section, SourceNames names) {
    List.of("name", "file", "template", "choices", "answer")
        .forEach(key -> section.require(key, "one of what declares a task"));
    ChoiceTask task =
        new ChoiceTask(
            section
                .find(Key.of("name", TASK_NAME, "what results call it; required"))
                .orElse("task"),
            names.text(section, Key.of("file", Kind.text(), "rows of questions; required")),
            section
                .find(
                    Key.of(
                        "template",
                        Kind.text(),
                        "what stands before the choices, fields of a row in braces; required"))
                .orElse(""),
            section.list(
                Key.of(
                        "choices",
                        Kind.text(),
                        "a template for each, or one that is a field with a list of texts; required")
                    .list()),
            section
                .find(
                    Key.of(
                        "answer",
                        Kind.text(),
                        "the field that says which is right: an index, a text or a letter; required"))
                .orElse(""),
            section.get(
                Key.of("normalised", Kind.flag(), false, "whether accuracy by length counts")));
    section.finish();
    return task;
  }

  private static LatencyProtocol latency(Section section) {
    LatencyProtocol protocol =
        new LatencyProtocol(
            section.get(
                Key.of("batch", whole(1, 100_000), LATENCY.batch(), "sequences of a forward pass")),
            section.get(
                Key.of("length", whole(1, 1_000_000), LATENCY.length(), "tokens of a sequence")),
            section.get(
                Key.of(
                    "generated",
                    whole(0, 1_000_000),
                    LATENCY.generated(),
                    "tokens to generate one by one")),
            section.get(
                Key.of("warmup", whole(0, 100_000), LATENCY.warmup(), "passes that do not count")),
            section.get(
                Key.of(
                    "repetitions",
                    whole(1, 1_000_000),
                    LATENCY.repetitions(),
                    "passes that count")));
    section.finish();
    return protocol;
  }

  private static Generation generation(Section section, long seed) {
    section.require("prompts", "a list of texts to go on from");
    List<String> prompts =
        section.list(Key.of("prompts", Kind.text(), "texts to go on from; required").list());
    Generation generation = generation(section, prompts, seed);
    section.finish();
    return generation;
  }

  /** How texts are written, as a sweep or the command line says. */
  public static Generation generation(Values values, List<String> prompts, long seed) {
    return new Generation(
        prompts,
        values.get(
            Key.of("max-tokens", whole(1, 100_000), 64, "the most tokens to write").unit("tokens")),
        values.get(
            Key.of("temperature", number("0", "100"), 1.0, "0 for always the most probable token")),
        values.get(
            Key.of("top-k", whole(0, 10_000_000), 50, "draw from the k most probable; 0 for all")
                .unit("k")),
        values.get(
            Key.of(
                    "top-p",
                    number("0.000001", "1"),
                    0.95,
                    "draw from the fewest that reach this probability")
                .unit("p")),
        values.get(
            Key.of("seed", Kind.seed(), seed, "of the draws; in a sweep by default its `seed`")));
  }
}
