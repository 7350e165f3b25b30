package dev.secateur.coordinator.http;

import dev.secateur.coordinator.events.Plans;
import dev.secateur.coordinator.report.SweepResults;
import dev.secateur.coordinator.report.TrialColumn;
import dev.secateur.coordinator.report.TrialResult;
import dev.secateur.protocol.SweepId;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Trials of a sweep as planned, without results; those follow from the sweep's events, which name
 * stages by the keys given here.
 *
 * @param total trials of the sweep
 * @param since its first event is the one after this number
 * @param trials some of them, in their order
 */
record PlannedTrials(SweepId sweep, String name, int total, long since, List<PlannedTrial> trials) {
  /**
   * A trial.
   *
   * @param point where it stands in the grid, by axis, as tables write it
   * @param stages keys by role, as in {@link TrialResult}
   */
  record PlannedTrial(
      int trial, String model, Map<String, String> point, Map<String, String> stages) {}

  /**
   * @param from the first trial that is wanted
   * @param count how many at most
   * @return empty where there never was such a sweep
   */
  static Optional<PlannedTrials> of(Plans plans, SweepId sweep, int from, int count) {
    List<Long> numbers = plans.numbers(sweep);
    if (numbers.isEmpty()) {
      return Optional.empty();
    }
    SweepPlan plan = plans.of(sweep).orElseThrow();
    List<Trial> all = plan.trials();
    int first = Math.min(from, all.size());
    List<Trial> some = all.subList(first, first + Math.min(count, all.size() - first));
    SweepPlan part = plan.of(some);
    return Optional.of(
        new PlannedTrials(
            sweep,
            plan.name(),
            all.size(),
            numbers.get(0) - 1,
            SweepResults.of(sweep, part, Map.of(), Map.of(), Map.of()).trials().stream()
                .map(PlannedTrials::planned)
                .toList()));
  }

  private static PlannedTrial planned(TrialResult trial) {
    Map<String, String> point = new LinkedHashMap<>();
    TrialColumn.places()
        .forEach(
            column -> {
              String text = column.cell().apply(trial).text();
              if (!text.isEmpty()) {
                point.put(column.column().title(), text);
              }
            });
    return new PlannedTrial(trial.trial(), trial.model(), point, trial.stages());
  }
}
