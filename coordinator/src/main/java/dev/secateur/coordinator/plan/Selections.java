package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.plan.Scoring.Scores;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Selection;
import dev.secateur.protocol.StageKey;
import java.util.List;
import java.util.Optional;

/** How a point's units are selected. */
final class Selections {
  private Selections() {}

  /**
   * The case that the point asks for: at most one of several steps, climbing and target latency,
   * and the last two only under scope measured. {@link Point#exclusion} rules out the rest.
   *
   * @param scores of the units; absent where nothing goes
   * @param profiles none unless the scope is measured; the last is that of all structures
   * @param timing of target latency
   * @param samples of the trial
   * @param ridge of the compensation that follows, where one does
   */
  static Selection of(
      Point point,
      Optional<Scores> scores,
      List<StageKey> profiles,
      Optional<StageKey> timing,
      Samples samples,
      Optional<Ridge> ridge) {
    if (profiles.isEmpty()) {
      return scores
          .filter(s -> point.steps() > 1)
          .<Selection>map(s -> new Selection.Stepwise(s.samples(), s.precision()))
          .orElseGet(Selection.AtOnce::new);
    }
    StageKey profile = profiles.get(profiles.size() - 1);
    return point.climbing() > 0
        ? climbing(samples.forPasses(), profile, ridge)
        : timing
            .<Selection>map(key -> new Selection.ByLatency(profile, key))
            .orElseGet(() -> new Selection.ByProfile(profile));
  }

  private static Selection climbing(Samples samples, StageKey profile, Optional<Ridge> ridge) {
    return ridge
        .map(Ridge::withoutFolds)
        .<Selection>map(fixed -> new Selection.CompensatedClimbing(samples, profile, fixed))
        .orElseGet(() -> new Selection.PlainClimbing(samples, profile));
  }
}
