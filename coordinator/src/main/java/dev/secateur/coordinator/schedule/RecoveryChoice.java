package dev.secateur.coordinator.schedule;

import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.Trial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** Decides which trials of a sweep are recovered, if only those worth it are to be recovered. */
final class RecoveryChoice {
  private static final String PERPLEXITY = "perplexity";

  private final CoordinatorState state;
  private final SweepState sweep;

  RecoveryChoice(CoordinatorState state, SweepState sweep) {
    this.state = state;
    this.sweep = sweep;
  }

  /** What is known of a trial's recovery. */
  sealed interface Verdict {
    /** It is worth it, or there is no bound. */
    record Wanted() implements Verdict {}

    /** The evaluations that decide it are not all done. */
    record Open() implements Verdict {}

    record Unwanted(String reason) implements Verdict {}
  }

  /** Whether a stage of a trial's recovery may be worked at. */
  boolean isWanted(Trial trial, StageKey stage) {
    return !sweep.plan().recoverWhen().limits()
        || !trial.ofRecovery().contains(stage)
        || of(trial) instanceof Verdict.Wanted;
  }

  Verdict of(Trial trial) {
    RecoveryBound when = sweep.plan().recoverWhen();
    if (!when.limits() || !trial.hasTraining()) {
      return new Verdict.Wanted();
    }
    OptionalDouble own = perplexity(trial);
    if (own.isEmpty()) {
      return new Verdict.Open();
    }
    if (own.getAsDouble() > when.perplexity()) {
      return new Verdict.Unwanted(
          String.format(
              Locale.ROOT, "perplexity %.4g is above %.4g", own.getAsDouble(), when.perplexity()));
    }
    return when.ranks() ? amongBest(trial, when.top()) : new Verdict.Wanted();
  }

  /** Trials of one pruned model, which differ in their recovery, have one place. */
  private Verdict amongBest(Trial trial, int top) {
    Map<StageKey, Trial> first = new LinkedHashMap<>();
    for (Trial other : sweep.plan().trials()) {
      if (other.hasTraining()
          && other.model().equals(trial.model())
          && other.point().ratio().compareTo(trial.point().ratio()) == 0
          && !hasFailed(other)) {
        first.putIfAbsent(other.after(), other);
      }
    }
    List<Trial> rivals = new ArrayList<>(first.values());
    if (rivals.stream().anyMatch(rival -> perplexity(rival).isEmpty())) {
      return new Verdict.Open();
    }
    rivals.sort(
        Comparator.comparingDouble((Trial rival) -> perplexity(rival).getAsDouble())
            .thenComparingInt(Trial::index));
    int place = rivals.indexOf(first.get(trial.after())) + 1;
    return place <= top
        ? new Verdict.Wanted()
        : new Verdict.Unwanted(
            "place " + place + " of " + rivals.size() + " by perplexity; the best " + top + " are");
  }

  private boolean hasFailed(Trial trial) {
    return trial.stages().stream()
        .filter(key -> !trial.ofRecovery().contains(key))
        .anyMatch(key -> state.stage(key).orElseThrow().failure().isPresent());
  }

  private OptionalDouble perplexity(Trial trial) {
    return state.stage(trial.after()).orElseThrow().result().stream()
        .mapToDouble(result -> result.metrics().get(PERPLEXITY))
        .findFirst();
  }
}
