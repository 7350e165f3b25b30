package dev.secateur.local;

import dev.secateur.climbing.Climb;
import dev.secateur.climbing.HillClimbing;
import dev.secateur.compensation.PrunedDivergence;
import dev.secateur.compensation.Refit;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Ridge;
import dev.secateur.pruning.PointPruning;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * How many units go of each structure under scope measured.
 *
 * @param orders of each structure its units, the first to go first
 * @param progress told in words
 */
record MeasuredAllocation(
    PointPruning pruning,
    Point point,
    Map<String, int[]> orders,
    Batch batch,
    Consumer<String> progress) {
  MeasuredAllocation {
    if (point.climbing() > 0) {
      HillClimbing.check(batch);
    }
  }

  /**
   * As profiles share the budget out.
   *
   * @throws InputException when the structures do not hold it
   */
  Map<String, Integer> byProfiles(Model base, Precision compute) {
    progress.accept("measuring profiles of " + pruning.eligible().size() + " structures");
    return pruning.allocation(
        base.computedIn(
            compute,
            held ->
                new Profiles(held, pruning.eligible(), orders, batch, Profiles.WINDOWS)
                    .measure(() -> {})
                    .byName()));
  }

  /**
   * What climbing from there comes to.
   *
   * @param ridge of the compensation that follows, if any
   */
  Climb climbed(Model base, Map<String, Integer> counts, Optional<Ridge> ridge, long seed) {
    PrunedDivergence divergence =
        new PrunedDivergence(
            base, ridge.map(Ridge::withoutFolds).map(Refit::of), batch, (block, of) -> {});
    return new HillClimbing(pruning, orders, counts, divergence, point.climbing(), seed)
        .run(Optional.empty(), this::tell);
  }

  private void tell(Climb now) {
    progress.accept(
        String.format(
            Locale.ROOT,
            "climbing: %d of %d moves measured, %d kept, divergence %.4f",
            now.tried(),
            point.climbing(),
            now.kept(),
            now.loss()));
  }
}
