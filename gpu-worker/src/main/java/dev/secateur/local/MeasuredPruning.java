package dev.secateur.local;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.climbing.Climb;
import dev.secateur.climbing.HillClimbing;
import dev.secateur.compensation.PrunedDivergence;
import dev.secateur.compensation.Refit;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.timing.StructureTimings;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Scope measured of one checkpoint: profiles of its structures, and their times where asked for.
 */
final class MeasuredPruning {
  private final Point point;
  private final Precision compute;
  private final Consumer<String> progress;
  private LatencyProtocol timing = new LatencyProtocol(1, 64, 0, 3, 10);
  private ElementType type; // null where weights are written as they are stored
  private PredictedLatency predicted; // null before a run, and of other targets than latency

  MeasuredPruning(Point point, Precision compute, Consumer<String> progress) {
    this.point = point;
    this.compute = compute;
    this.progress = progress;
  }

  void timing(LatencyProtocol protocol) {
    this.timing = protocol;
  }

  void countedAs(Optional<ElementType> written) {
    this.type = written.orElse(null);
  }

  Optional<PredictedLatency> predicted() {
    return Optional.ofNullable(predicted);
  }

  /** What bytes are counted in. */
  WrittenTypes types(Checkpoint checkpoint) {
    if (type != null) {
      return WrittenTypes.all(type);
    }
    return point.target() == Target.BYTES
        ? WrittenTypes.as(checkpoint)
        : WrittenTypes.all(ElementType.F32);
  }

  /**
   * What is measured on, and with.
   *
   * @param seed of the moves of climbing
   */
  record Looked(Batch batch, long seed) {}

  /**
   * @param ridge of the compensation that follows, which climbing measures with
   * @throws InputException when the structures do not hold what is to go, or there are too few
   *     samples to climb by
   */
  Recipe recipe(
      Model base,
      PointPruning pruning,
      List<MemberScores> scores,
      Looked looked,
      Optional<Ridge> ridge,
      Map<String, String> identity,
      Map<String, String> provenance) {
    if (point.climbing() > 0) {
      HillClimbing.check(looked.batch());
    }
    Map<String, int[]> orders = PointPruning.orders(scores, point.aggregation());
    Map<String, double[]> profiles = profiles(base, pruning, orders, looked.batch());
    if (point.target() != Target.LATENCY) {
      Map<String, Integer> counts = pruning.allocation(profiles);
      if (point.climbing() > 0) {
        Climb climb = climbed(base, pruning, orders, counts, looked, ridge);
        counts = climb.counts();
        provenance.put("climbing", climb.summary());
      }
      return pruning.allocated(orders, counts, identity, provenance);
    }
    provenance.put("timing", timing.batch() + " x " + timing.length() + " tokens");
    LatencyTable table = table(base, pruning);
    Recipe recipe = pruning.measured(scores, profiles, Optional.of(table), identity, provenance);
    double after = table.predicted(pruning.eligible(), recipe.groups());
    predicted = new PredictedLatency(table.forward(), after);
    return recipe;
  }

  private Map<String, double[]> profiles(
      Model base, PointPruning pruning, Map<String, int[]> orders, Batch batch) {
    progress.accept("measuring profiles of " + pruning.eligible().size() + " structures");
    return base.computedIn(
        compute,
        held ->
            new Profiles(held, pruning.eligible(), orders, batch, Profiles.WINDOWS)
                .measure(() -> {})
                .byName());
  }

  private Climb climbed(
      Model base,
      PointPruning pruning,
      Map<String, int[]> orders,
      Map<String, Integer> counts,
      Looked looked,
      Optional<Ridge> ridge) {
    Optional<Refit> refit = ridge.map(Ridge::withoutFolds).map(Refit::of);
    PrunedDivergence divergence =
        new PrunedDivergence(base, refit, looked.batch(), (block, of) -> {});
    return new HillClimbing(pruning, orders, counts, divergence, point.climbing(), looked.seed())
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

  private LatencyTable table(Model base, PointPruning pruning) {
    progress.accept(
        "timing structures in passes of " + timing.batch() + " x " + timing.length() + " tokens");
    return new StructureTimings(base, pruning.eligible(), timing).measure(compute, () -> {});
  }
}
