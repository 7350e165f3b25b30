package dev.secateur.coordinator.report;

import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Trials in which rounding to whole units misses the requested amount by more than a fiftieth of
 * it. For results from before pruning reported its shares, the outcome of a ratio of coupled
 * structures is known only for whole blocks.
 */
public final class Misses {
  private static final double ALLOWED = 0.02;

  /** What pruning tells the removed share of, and what people call it. */
  private static final Map<String, String> UNITS =
      new TreeMap<>(
          Map.of(
              "attention", "heads",
              "mlp", "MLP channels",
              "residual", "residual channels",
              "layers", "blocks",
              "eligible", "parameters"));

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
    if (trial.point().removesNothing() || trial.point().criterion().isRecipe()) {
      return Optional.empty(); // of a recipe what goes was asked for unit by unit
    }
    double asked = trial.point().ratio().doubleValue();
    List<String> missed = new ArrayList<>();
    removed(trial)
        .forEach(
            (what, share) -> {
              if (Math.abs(share - asked) > ALLOWED * asked) {
                missed.add(String.format(Locale.ROOT, "%.1f %% of the %s", 100 * share, what));
              }
            });
    return missed.isEmpty()
        ? Optional.empty()
        : Optional.of(
            trial.point().strategy().label()
                + " pruning by "
                + trial.point().ratio().toPlainString()
                + " removed "
                + String.join(" and ", missed));
  }

  /** The shares that are gone of what the trial's ratio is a share of, where results tell them. */
  private static Map<String, Double> removed(TrialResult trial) {
    Target target = trial.point().target();
    Map<String, Double> removed = new LinkedHashMap<>();
    if (trial.point().strategy() == Strategy.IGNORE_DEPENDENCIES) {
      return removed; // it masks, and removes nothing
    } else if (target.isOfMeasuredScope()) {
      String metric = target == Target.BYTES ? "weight_bytes" : "predicted_seconds";
      Optional<Double> before = trial.metric("pruning", metric + "_before");
      trial
          .metric("pruning", metric + "_after")
          .filter(after -> before.isPresent())
          .ifPresent(
              after ->
                  removed.put(
                      target == Target.BYTES ? "bytes" : "predicted latency",
                      1 - after / before.get()));
      return removed;
    } else if (target != Target.GROUP_RATIO) {
      Measure size = target == Target.MACS ? Measures.MACS : Measures.PARAMETERS;
      size.share()
          .of(Tasks.BUILT_IN, trial, Evaluated.PRUNED)
          .ifPresent(
              left -> removed.put(target == Target.MACS ? "MACs" : "parameters", 1 - left.value()));
      return removed;
    }
    UNITS.forEach(
        (kind, what) ->
            trial.metric("pruning", "removed_" + kind).ifPresent(s -> removed.put(what, s)));
    if (removed.isEmpty() && trial.point().strategy() == Strategy.LAYER) {
      blocks(trial)
          .flatMap(all -> trial.metric("pruning", "units_removed").map(u -> u / all))
          .ifPresent(share -> removed.put("blocks", share));
    }
    Map<String, Double> named = new LinkedHashMap<>();
    String layers = trial.point().layers();
    removed.forEach(
        (what, share) ->
            named.put(what.equals("blocks") ? "blocks " + layers : what + where(layers), share));
    return trial.point().strategy() == Strategy.CHANNEL ? removed : named;
  }

  /** Where heads and channels have blocks of their own, the table says which. */
  private static String where(String layers) {
    return layers.contains(",") ? "" : " of blocks " + layers;
  }

  /** Blocks of results from before pruning told its shares. */
  private static Optional<Integer> blocks(TrialResult trial) {
    String[] ends = trial.point().layers().split("\\.\\.");
    return ends.length == 2
        ? Optional.of(Integer.parseInt(ends[1]) - Integer.parseInt(ends[0])).filter(n -> n > 0)
        : Optional.empty();
  }
}
