package dev.secateur.coordinator.config;

import dev.secateur.protocol.ChoiceTask;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.SweepConfig;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The size of a grid, computed by multiplication before any of it is made. */
final class SweepSize {
  private static final List<String> AXES =
      Stream.of(
              Axes.ROOT.stream().filter(axis -> !axis.equals("recovery")),
              Axes.CALIBRATION.stream().map(axis -> "calibration." + axis))
          .flatMap(axes -> axes)
          .toList();

  private SweepSize() {}

  /**
   * Looks at the lengths of lists alone.
   *
   * @throws InputException when there are too many trials, or too many models to look at
   */
  static void check(Section root, Limits limits) {
    if (trials(root) > limits.trials()) {
      String axes =
          AXES.stream()
              .filter(axis -> root.length(axis) > 1)
              .map(axis -> axis + " " + root.length(axis))
              .collect(Collectors.joining(", "));
      String longest = AXES.stream().max(Comparator.comparingInt(root::length)).orElseThrow();
      root.refuse(
          longest,
          "makes the grid too large: it has more than "
              + limits.trials()
              + " trials, the maximum of one sweep (lengths: "
              + axes
              + ")");
    }
    if (root.length("models") > limits.models()) {
      root.refuse(
          "models",
          "has " + root.length("models") + " elements; the maximum is " + limits.models());
    }
  }

  /**
   * Looks at the lengths of lists in cases alone.
   *
   * @throws InputException when there are too many trials
   */
  static void check(Section root, List<Cases.Case> cases, Limits limits) {
    long trials = 0;
    for (Cases.Case one : cases) {
      check(one.section(), limits);
      trials += trials(one.section());
    }
    if (trials > limits.trials()) {
      root.refuse(
          Cases.TRIALS.name(),
          "make the sweep too large: together they have more than "
              + limits.trials()
              + " trials, the maximum of one sweep");
    }
  }

  private static long trials(Section root) {
    long recipes = root.isList("recipes") ? root.length("recipes") : 0;
    return Limits.product(
            Limits.product(AXES.stream().mapToLong(root::length).toArray()),
            Axes.sum(root.plain().get("recovery"), Axes.RECOVERY))
        + Limits.product(recipes, root.length("models"));
  }

  /** How many trials the grids have, where every point makes sense. */
  static long trials(SweepConfig sweep) {
    long blocks = sweep.blocks().values().stream().mapToLong(List::size).sum();
    return cases(sweep)
        + Limits.product(
            sweep.recipes().size(),
            sweep.models().size(),
            sweep.compensations().size(),
            sweep.recoveries().size())
        + Limits.product(
            blocks,
            sweep.strategies().size(),
            sweep.ratios().size(),
            sweep.criteria().size(),
            sweep.aggregations().size(),
            sweep.scopes().size(),
            sweep.targets().size(),
            sweep.steps().size(),
            sweep.climbings().size(),
            sweep.seeds().size(),
            sweep.calibrations().size(),
            sweep.compensations().size(),
            sweep.recoveries().size());
  }

  /** Notes what every trial repeats, where that is too much. */
  static void check(Section root, SweepConfig sweep, Limits limits) {
    long trials = trials(sweep);
    if (trials > limits.trials()) { // layers may be each of a model
      root.problem(
          sweep.cases().isEmpty() ? "layers" : Cases.TRIALS.name(),
          "makes the grid too large: it has "
              + trials
              + " trials, but the maximum of one sweep is "
              + limits.trials());
    }
    int parts = sweep.calibration().parts();
    if (Limits.product(trials, parts) > limits.references()) {
      root.problem(
          "calibration",
          "has "
              + parts
              + " parts, which each of "
              + trials
              + " trials needs; allowed are "
              + limits.references()
              + " in all");
    }
    long evaluations = evaluations(sweep);
    if (evaluations > limits.references()) {
      root.problem(
          "evaluation",
          "makes "
              + evaluations
              + " evaluations of texts and of adapters during training; allowed are "
              + limits.references());
    }
    long characters = characters(sweep.evaluation());
    if (Limits.product(trials, characters) > limits.repeated()) {
      root.problem(
          "evaluation",
          "has "
              + characters
              + " characters in prompts and tasks, which each of "
              + trials
              + " trials repeats; allowed are "
              + limits.repeated()
              + " in all");
    }
  }

  /** Of further texts and of adapters on their way, of all trials. */
  private static long evaluations(SweepConfig sweep) {
    long cases = sweep.cases().stream().mapToLong(SweepSize::evaluations).sum();
    long kept =
        sweep.activeRecoveries().mapToLong(recovery -> recovery.tuning().kept()).max().orElse(0);
    long own = trials(sweep) - cases(sweep);
    long all = Limits.product(own, 4L * sweep.texts().size() + kept);
    return all > Long.MAX_VALUE - cases ? Long.MAX_VALUE : all + cases;
  }

  private static long cases(SweepConfig sweep) {
    return sweep.cases().stream().mapToLong(SweepSize::trials).sum();
  }

  private static long characters(EvaluationSpec evaluation) {
    Stream<String> prompts =
        evaluation.texts().generation().stream()
            .flatMap(generation -> generation.prompts().stream());
    Stream<String> tasks = evaluation.choiceTasks().stream().flatMap(SweepSize::texts);
    return Stream.concat(prompts, tasks).mapToLong(String::length).sum();
  }

  private static Stream<String> texts(ChoiceTask task) {
    return Stream.concat(
        Stream.of(task.name(), task.template(), task.answer()), task.choices().stream());
  }
}
