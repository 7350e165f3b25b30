package dev.secateur.coordinator.report;

import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Trials whose rounding to whole units misses what was asked for by more than a fiftieth of it.
 * What a ratio of coupled structures came to is known of whole blocks alone.
 */
public final class Misses {
  private static final double ALLOWED = 0.02;

  private Misses() {}

  /** A line to each miss, with the trials that it is of. */
  public static List<String> of(List<TrialResult> trials) {
    Map<String, List<String>> misses = new LinkedHashMap<>();
    for (TrialResult trial : trials) {
      miss(trial)
          .ifPresent(
              text ->
                  misses
                      .computeIfAbsent(text, t -> new ArrayList<>())
                      .add(Integer.toString(trial.trial())));
    }
    return misses.entrySet().stream()
        .map(
            miss ->
                (miss.getValue().size() == 1 ? "trial " : "trials ")
                    + String.join(", ", miss.getValue())
                    + ": "
                    + miss.getKey())
        .toList();
  }

  private static Optional<String> miss(TrialResult trial) {
    double asked = trial.point().ratio().doubleValue();
    return removed(trial)
        .filter(removed -> Math.abs(removed - asked) > ALLOWED * asked)
        .map(
            removed ->
                String.format(
                    Locale.ROOT,
                    "%s pruning by %s removed %.1f %% of the %s",
                    trial.point().strategy().label(),
                    trial.point().ratio().toPlainString(),
                    100 * removed,
                    ofWhat(trial)));
  }

  private static String ofWhat(TrialResult trial) {
    return switch (trial.point().target()) {
      case PARAMETERS -> "parameters";
      case MACS -> "MACs";
      case GROUP_RATIO -> "blocks " + trial.point().layers();
    };
  }

  /** The share that is gone of what the trial's ratio is a share of, where results tell it. */
  private static Optional<Double> removed(TrialResult trial) {
    Target target = trial.point().target();
    if (trial.point().strategy() == Strategy.IGNORE_DEPENDENCIES) {
      return Optional.empty(); // it masks, and removes nothing
    } else if (trial.point().criterion().isRecipe()) {
      return Optional.empty(); // what goes was asked for unit by unit
    } else if (target == Target.GROUP_RATIO) {
      return trial.point().strategy() == Strategy.LAYER
          ? blocks(trial).flatMap(all -> trial.metric("pruning", "units_removed").map(u -> u / all))
          : Optional.empty();
    }
    Measure size = target == Target.MACS ? Measures.MACS : Measures.PARAMETERS;
    Tasks none = Tasks.of(Optional.empty());
    return size.share().of(none, trial, Evaluated.PRUNED).map(left -> 1 - left.value());
  }

  private static Optional<Integer> blocks(TrialResult trial) {
    String[] ends = trial.point().layers().split("\\.\\.");
    return ends.length == 2
        ? Optional.of(Integer.parseInt(ends[1]) - Integer.parseInt(ends[0])).filter(n -> n > 0)
        : Optional.empty();
  }
}
