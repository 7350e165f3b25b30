package dev.secateur.actors.cli;

import static dev.secateur.coordinator.config.EvaluationSection.BEGIN_TOKEN;
import static dev.secateur.coordinator.config.EvaluationSection.PERPLEXITY_BEGIN;
import static dev.secateur.coordinator.config.EvaluationSection.WINDOW;
import static dev.secateur.coordinator.config.EvaluationSection.WINDOWS;
import static dev.secateur.coordinator.config.SweepConfigReader.COMPUTE;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.evaluation.Perplexity;
import dev.secateur.evaluation.TaskResult;
import dev.secateur.evaluation.ZeroShot;
import dev.secateur.evaluation.ZeroShotTask;
import dev.secateur.local.EvaluateJob;
import dev.secateur.memory.LeastNeed;
import dev.secateur.memory.MemoryModel;
import dev.secateur.memory.Work;
import dev.secateur.protocol.InputException;
import dev.secateur.text.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code secateur evaluate}: perplexity and zero-shot tasks of one checkpoint. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = {
      "Measures perplexity and zero-shot accuracy of a checkpoint.",
      "Perplexity: windows do not overlap, an incomplete last window is dropped, and all"
          + " tokens of a window except the first are scored. Tasks: prompts as in the evaluation"
          + " harness 0.4.13, from boolq.jsonl, piqa.jsonl, ... with the fields of the Hugging Face"
          + " data sets."
    })
final class EvaluateCommand implements Callable<Integer> {
  @Mixin private AdaptedCheckpointOptions model;

  @Option(
      names = "--perplexity",
      paramLabel = "FILE",
      arity = "1..*",
      description =
          "Texts: FILE, FILE#COLUMN of JSONL, JSON or Parquet (text), wikitext2, ptb, c4,"
              + " hf:owner/name[@revision]/FILE#COLUMN, or 'wordnet' for the built-in test split.")
  private List<String> texts = List.of();

  @Mixin
  private KeyOptions keys = KeyOptions.of(WINDOW, WINDOWS, PERPLEXITY_BEGIN, BEGIN_TOKEN, COMPUTE);

  @Option(
      names = "--stride",
      paramLabel = "T",
      description =
          "Overlapping windows: each starts this many tokens after the last one, and only its"
              + " new tokens are scored.")
  private Integer stride;

  @Option(
      names = "--tasks",
      paramLabel = "DIR",
      arity = "1..*",
      description =
          "Folders with the tasks' files, or hf:owner/name; all tasks found are evaluated.")
  private List<String> tasks = List.of();

  @Option(
      names = "--task",
      paramLabel = "NAME",
      split = ",",
      converter = TaskName.class,
      description =
          "Only these: boolq, piqa, hellaswag, winogrande, arc_easy, arc_challenge,"
              + " openbookqa.")
  private List<ZeroShotTask> only = List.of();

  @Option(
      names = "--max-length",
      paramLabel = "T",
      description = "Maximum number of tokens per input (default: from the model's config).")
  private Integer longest;

  @Mixin private JsonOption json;

  @Mixin private WeightOptions weights;

  @Mixin private NodeOptions node;

  @Spec private CommandSpec spec;

  static final class TaskName implements ITypeConverter<ZeroShotTask> {
    @Override
    public ZeroShotTask convert(String text) {
      return Arrays.stream(ZeroShotTask.values())
          .filter(task -> task.label().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'"
                          + text
                          + "' is not one of "
                          + String.join(
                              ", ",
                              Arrays.stream(ZeroShotTask.values())
                                  .map(ZeroShotTask::label)
                                  .toList())));
    }
  }

  @Override
  public Integer call() {
    check();
    PrintWriter talk = spec.commandLine().getErr();
    List<ZeroShot.Questions> questions =
        questions(tasks.stream().map(name -> node.files(talk).tasks(name)).toList());
    Map<String, Perplexity> perplexities = new LinkedHashMap<>();
    Map<String, TaskResult> results;
    EvaluationReport.Begin begin;
    SlowWork progress = new SlowWork(talk);
    Path folder = model.folder(node, talk);
    node.checkMemory(
        "evaluation",
        LeastNeed.of(MemoryModel.of(Checkpoint.open(folder)), works(), keys.get(COMPUTE)),
        "a smaller --window, --compute bfloat16");
    try (EvaluateJob job =
        new EvaluateJob(
            folder,
            model.adapter(node, talk),
            node::testedDevice,
            weights.allowance(node.settings()),
            keys.get(COMPUTE),
            NodeOptions.lines(talk))) {
      begin = begin(job.tokenizer());
      for (String text : texts) {
        perplexities.put(
            text,
            job.perplexity(
                node.text(text, talk), protocol(), (done, all) -> progress.tell(text, done, all)));
      }
      results =
          job.tasks(
              questions,
              keys.get(BEGIN_TOKEN),
              longest == null ? OptionalInt.empty() : OptionalInt.of(longest),
              progress::tell);
    }
    EvaluationReport report =
        new EvaluationReport(
            keys.get(COMPUTE), protocol(), begin, perplexities, questions, results);
    PrintWriter out = spec.commandLine().getOut();
    if (json.isGiven()) {
      out.println(report.json().toPrettyString());
    } else {
      report.print(out);
    }
    out.flush();
    return 0;
  }

  private List<ZeroShot.Questions> questions(List<Path> folders) {
    List<ZeroShot.Questions> all = new ArrayList<>();
    for (Path folder : folders) {
      for (ZeroShot.Questions task : ZeroShot.read(folder, only)) {
        if (all.stream().anyMatch(other -> other.task().equals(task.task()))) {
          throw new InputException(folder + ": task " + task.task() + " is in another folder too");
        }
        all.add(task);
      }
    }
    return all;
  }

  private List<Work> works() {
    List<Work> works = new ArrayList<>();
    if (!texts.isEmpty()) {
      works.addAll(LeastNeed.perplexity(keys.get(WINDOW), keys.get(WINDOWS)));
    }
    if (!tasks.isEmpty()) {
      works.add(new Work.Questions(1));
    }
    return works;
  }

  private Perplexity.Protocol protocol() {
    int window = keys.get(WINDOW);
    return new Perplexity.Protocol(
        window, stride == null ? window : stride, keys.get(WINDOWS), keys.get(PERPLEXITY_BEGIN));
  }

  /** Checks both settings against the tokenizer, of what is measured, before any work. */
  private EvaluationReport.Begin begin(Tokenizer tokenizer) {
    LongStream text =
        texts.isEmpty() ? LongStream.empty() : tokenizer.begin(keys.get(PERPLEXITY_BEGIN)).stream();
    LongStream question =
        tasks.isEmpty()
            ? LongStream.empty()
            : LongStream.of(tokenizer.begin(keys.get(BEGIN_TOKEN)));
    return new EvaluationReport.Begin(
        keys.get(PERPLEXITY_BEGIN),
        text.mapToObj(tokenizer::piece).toList(),
        keys.get(BEGIN_TOKEN),
        question.mapToObj(tokenizer::piece).toList());
  }

  private void check() {
    if (stride != null && (stride < 1 || stride > keys.get(WINDOW))) {
      throw new InputException("--stride is " + stride + "; allowed are 1 to the window");
    }
    if (texts.isEmpty() && tasks.isEmpty()) {
      throw new InputException("nothing to evaluate: give --perplexity FILE or --tasks DIR");
    }
    if (!only.isEmpty() && tasks.isEmpty()) {
      throw new InputException("--task selects tasks of a folder: give --tasks DIR");
    }
    if (longest != null && longest < 2) {
      throw new InputException("--max-length is " + longest + "; it must be at least 2");
    }
  }
}
