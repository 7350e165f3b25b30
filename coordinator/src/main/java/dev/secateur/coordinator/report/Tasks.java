package dev.secateur.coordinator.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Accuracies on multiple-choice tasks, their standard errors, and their average. One accuracy of
 * each task counts: by likelihood, or by likelihood divided by the choices' lengths.
 *
 * @param normalised the tasks of which the latter counts
 */
public record Tasks(Set<String> normalised) {
  /** Those of the paper (arXiv 2305.11627), in its order. */
  public static final List<String> PAPER =
      List.of(
          "boolq", "piqa", "hellaswag", "winogrande", "arc_easy", "arc_challenge", "openbookqa");

  private static final Set<String> NORMALISED =
      Set.of("hellaswag", "arc_challenge", "openbookqa", "wordnet");

  /** Where the author declared no tasks. */
  static final Tasks BUILT_IN = new Tasks(NORMALISED);

  private static final String ACCURACY = ".acc";
  private static final String DECLARED = "evaluation.choice-tasks[";

  /**
   * @param provenance says which of the tasks that the author declared are normalised
   */
  public static Tasks of(Provenance provenance) {
    Set<String> normalised = new HashSet<>(NORMALISED);
    Map<String, Object> settings = provenance.settings();
    settings.forEach(
        (key, value) -> {
          if (key.startsWith(DECLARED) && key.endsWith("].name")) {
            Object counts = settings.get(key.replaceAll("name$", "normalised"));
            if (Boolean.parseBoolean(String.valueOf(counts))) {
              normalised.add(value.toString());
            } else {
              normalised.remove(value.toString());
            }
          }
        });
    return new Tasks(Set.copyOf(normalised));
  }

  /** The tasks that any model was asked, those of the paper first. */
  public static List<String> asked(Collection<TrialResult> trials) {
    SortedSet<String> names = new TreeSet<>();
    trials.forEach(trial -> trial.metrics().values().forEach(of -> names.addAll(asked(of))));
    return ordered(names);
  }

  private static List<String> asked(Map<String, Double> metrics) {
    return metrics.keySet().stream()
        .filter(name -> name.endsWith(ACCURACY))
        .map(name -> name.substring(0, name.length() - ACCURACY.length()))
        .toList();
  }

  private static List<String> ordered(Collection<String> names) {
    List<String> ordered = new ArrayList<>(PAPER);
    ordered.retainAll(names);
    names.stream().filter(name -> !PAPER.contains(name)).sorted().forEach(ordered::add);
    return ordered;
  }

  /** The accuracy that counts. */
  Optional<Measured> accuracy(TrialResult trial, Evaluated model, String task) {
    return counted(trial, model, task).equals("acc_norm")
        ? accuracy(trial, model, task, "acc_norm")
        : accuracy(trial, model, task, "acc");
  }

  private String counted(TrialResult trial, Evaluated model, String task) {
    boolean known = trial.metric(model.label(), task + ".acc_norm").isPresent();
    return known && normalised.contains(task) ? "acc_norm" : "acc";
  }

  /**
   * @param which {@code acc} or {@code acc_norm}
   */
  Optional<Measured> accuracy(TrialResult trial, Evaluated model, String task, String which) {
    String metric = task + "." + which;
    Optional<Double> count = trial.metric(model.label(), task + ".n").filter(n -> n > 1);
    return trial
        .metric(model.label(), metric)
        .map(
            share ->
                trial
                    .metric(model.label(), metric + "_stderr")
                    .or(() -> count.map(n -> Math.sqrt(share * (1 - share) / (n - 1))))
                    .<Measured>map(error -> new Measured.Estimate(share, error))
                    .orElse(new Measured.Exact(share)));
  }

  /**
   * The mean over tasks of the accuracy that counts of each, with the error that follows from
   * theirs: over those of the paper where any of them was asked, and else over all.
   */
  public Optional<Measured> average(TrialResult trial, Evaluated model) {
    List<Measured> all =
        averaged(trial, model).stream()
            .flatMap(task -> accuracy(trial, model, task).stream())
            .toList();
    if (all.isEmpty()) {
      return Optional.empty();
    }
    double mean = all.stream().mapToDouble(Measured::value).sum() / all.size();
    if (all.stream().anyMatch(one -> one.error().isEmpty())) {
      return Optional.of(new Measured.Exact(mean));
    }
    double squares = all.stream().mapToDouble(one -> one.error().get() * one.error().get()).sum();
    return Optional.of(new Measured.Estimate(mean, Math.sqrt(squares) / all.size()));
  }

  private static List<String> averaged(TrialResult trial, Evaluated model) {
    List<String> asked = ordered(asked(trial.metrics().getOrDefault(model.label(), Map.of())));
    List<String> paper = asked.stream().filter(PAPER::contains).toList();
    return paper.isEmpty() ? asked : paper;
  }

  /** What the average of a model is of; empty where no question was asked. */
  public Optional<String> rule(TrialResult trial, Evaluated model) {
    List<String> tasks = averaged(trial, model);
    if (tasks.isEmpty()) {
      return Optional.empty();
    }
    List<String> each =
        tasks.stream().map(task -> task + " " + counted(trial, model, task)).toList();
    boolean paper = PAPER.contains(tasks.get(0));
    String of =
        paper
            ? tasks.size() + " of the paper's " + PAPER.size() + " tasks"
            : tasks.size() == 1 ? "1 task" : tasks.size() + " tasks";
    return Optional.of("mean of " + of + ": " + String.join(", ", each));
  }
}
