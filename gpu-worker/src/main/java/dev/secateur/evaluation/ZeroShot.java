package dev.secateur.evaluation;

import dev.secateur.protocol.InputException;
import dev.secateur.text.RowFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Zero-shot tasks from local files. */
public final class ZeroShot {
  private static final List<String> ENDINGS = List.of(".jsonl", ".json", ".parquet");

  private ZeroShot() {}

  /**
   * A task's questions.
   *
   * @param task its name
   * @param hasNormalised whether normalising likelihoods by length says anything
   * @param reportsNormalised whether the normalised accuracy is the one that counts
   */
  public record Questions(
      String task,
      boolean hasNormalised,
      boolean reportsNormalised,
      List<ChoiceQuestion> questions) {
    /** The first of them. */
    public Questions first(int most) {
      List<ChoiceQuestion> fewer = questions.subList(0, Math.min(most, questions.size()));
      return new Questions(task, hasNormalised, reportsNormalised, fewer);
    }

    /** What counts of a result on this task. */
    public double reported(TaskResult result) {
      return reportsNormalised ? result.accNorm().orElse(result.acc()) : result.acc();
    }
  }

  /**
   * The mean over tasks of what counts of each: over the published ones where there are any, and
   * else over all.
   */
  public static double average(List<Questions> tasks, Map<String, TaskResult> results) {
    List<Questions> published = tasks.stream().filter(ZeroShot::isPublished).toList();
    return (published.isEmpty() ? tasks : published)
        .stream().mapToDouble(task -> task.reported(results.get(task.task()))).average().orElse(0);
  }

  private static boolean isPublished(Questions task) {
    return Arrays.stream(ZeroShotTask.values()).anyMatch(one -> one.label().equals(task.task()));
  }

  /**
   * Reads every task that the folder has, from {@code <task>.jsonl}, {@code .json} or {@code
   * .parquet}.
   *
   * @param only the tasks wanted; all that are there where it is empty
   * @throws InputException when a wanted task is not there, or a row makes no sense; with file and
   *     line
   */
  public static List<Questions> read(Path folder, List<ZeroShotTask> only) {
    List<Questions> all = new ArrayList<>();
    for (ZeroShotTask task : ZeroShotTask.values()) {
      Optional<Path> file = file(folder, task);
      if (file.isPresent() && (only.isEmpty() || only.contains(task))) {
        all.add(
            new Questions(
                task.label(),
                task.hasNormalised(),
                task.isNormalised(),
                RowFile.read(file.get(), task::question)));
      } else if (only.contains(task)) {
        throw new InputException(folder + ": no " + task.label() + ".jsonl, .json or .parquet");
      }
    }
    if (all.isEmpty()) {
      throw new InputException(
          folder
              + ": has no file of a task; known are "
              + String.join(
                  ", ",
                  Arrays.stream(ZeroShotTask.values()).map(t -> t.label() + ".jsonl").toList()));
    }
    return all;
  }

  /** Whether a file is named as one of a task's questions. */
  public static boolean isTaskFile(String name) {
    return Arrays.stream(ZeroShotTask.values())
        .anyMatch(task -> ENDINGS.stream().anyMatch(ending -> name.equals(task.label() + ending)));
  }

  private static Optional<Path> file(Path folder, ZeroShotTask task) {
    return ENDINGS.stream()
        .map(ending -> folder.resolve(task.label() + ending))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /** The accuracies, by task. */
  public static Map<String, TaskResult> evaluate(
      List<Questions> tasks, LogLikelihoods likelihoods, ProgressListener progress) {
    tasks.forEach(task -> check(task, likelihoods));
    Map<String, TaskResult> results = new LinkedHashMap<>();
    for (Questions task : tasks) {
      List<ChoiceQuestion.Request> requests =
          task.questions().stream().flatMap(question -> question.requests().stream()).toList();
      LogLikelihoods.Result found =
          likelihoods.of(requests, (done, all) -> progress.rowsDone(task.task(), done, all));
      List<double[]> byQuestion = new ArrayList<>();
      int at = 0;
      for (ChoiceQuestion question : task.questions()) {
        int count = question.requests().size();
        byQuestion.add(Arrays.copyOfRange(found.values(), at, at + count));
        at += count;
      }
      results.put(
          task.task(),
          TaskResult.of(task.questions(), byQuestion, task.hasNormalised(), found.truncated()));
    }
    return results;
  }

  private static void check(Questions task, LogLikelihoods likelihoods) {
    for (int i = 0; i < task.questions().size(); i++) {
      try {
        task.questions().get(i).requests().forEach(likelihoods::check);
      } catch (InputException e) {
        throw new InputException(task.task() + ": question " + (i + 1) + ": " + e.getMessage(), e);
      }
    }
  }

  /** Told between batches. */
  @FunctionalInterface
  public interface ProgressListener {
    void rowsDone(String task, int done, int all);
  }
}
