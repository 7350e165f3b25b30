package dev.secateur.coordinator.report;

import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The best trials of a sweep, for overviews of many sweeps.
 *
 * @param completed number of completed trials in the results
 * @param best one for each measure that any trial has; the dense model does not count
 */
public record BestTrials(int completed, List<BestTrial> best) {
  public static final BestTrials NONE = new BestTrials(0, List.of());

  /** Of sweeps of more trials the results are too large to be read for this. */
  public static final int MOST = 20_000;

  /** In the order of their importance. */
  private static final List<Of> MEASURES =
      List.of(
          new Of(Evaluated.RECOVERED, "perplexity", true),
          new Of(Evaluated.PRUNED, "perplexity", true),
          new Of(Evaluated.RECOVERED, "accuracy", false),
          new Of(Evaluated.PRUNED, "accuracy", false));

  private record Of(Evaluated model, String metric, boolean low) {
    Optional<BestTrial> best(SweepResults results) {
      Comparator<BestTrial> byValue = Comparator.comparingDouble(BestTrial::value);
      return results.trials().stream()
          .filter(trial -> !trial.point().removesNothing())
          .flatMap(trial -> found(trial).stream())
          .min(low ? byValue : byValue.reversed());
    }

    private Optional<BestTrial> found(TrialResult trial) {
      return trial
          .metric(model.label(), metric)
          .filter(Double::isFinite)
          .map(value -> new BestTrial(trial.trial(), model.label() + "." + metric, value));
    }
  }

  /**
   * A trial, none of which is better in a measure; of several the first.
   *
   * @param metric role and metric as results have them, such as {@code pruned.perplexity}
   */
  public record BestTrial(int trial, String metric, double value) {}

  static BestTrials of(SweepResults results) {
    List<BestTrial> best = new ArrayList<>();
    MEASURES.forEach(measure -> measure.best(results).ifPresent(best::add));
    return new BestTrials(results.completed(), best);
  }

  /** Of {@code results.json}. */
  public static BestTrials read(byte[] results) {
    try {
      return of(Json.MAPPER.readValue(results, SweepResults.class));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
