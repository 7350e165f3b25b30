package dev.secateur.local;

import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import dev.secateur.checkpoint.WrittenTypes;
import dev.secateur.estimation.MemberScores;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Target;
import dev.secateur.pruning.LatencyTable;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import dev.secateur.timing.StructureTimings;
import java.util.List;
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
  private Optional<ElementType> type = Optional.empty();
  private Optional<PredictedLatency> predicted = Optional.empty();

  MeasuredPruning(Point point, Precision compute, Consumer<String> progress) {
    this.point = point;
    this.compute = compute;
    this.progress = progress;
  }

  void timing(LatencyProtocol protocol) {
    this.timing = protocol;
  }

  void countedAs(Optional<ElementType> written) {
    this.type = written;
  }

  Optional<PredictedLatency> predicted() {
    return predicted;
  }

  /** What bytes are counted in. */
  WrittenTypes types(Checkpoint checkpoint) {
    return point.target() == Target.BYTES && type.isEmpty()
        ? WrittenTypes.as(checkpoint)
        : WrittenTypes.all(type.orElse(ElementType.F32));
  }

  Recipe recipe(
      Model base,
      PointPruning pruning,
      List<MemberScores> scores,
      Batch batch,
      Map<String, String> identity,
      Map<String, String> provenance) {
    Map<String, double[]> profiles = profiles(base, pruning, scores, batch);
    if (point.target() != Target.LATENCY) {
      return pruning.measured(scores, profiles, identity, provenance);
    }
    provenance.put("timing", timing.batch() + " x " + timing.length() + " tokens");
    LatencyTable table = table(base, pruning);
    Recipe recipe = pruning.measured(scores, profiles, Optional.of(table), identity, provenance);
    double after = table.predicted(pruning.eligible(), recipe.groups());
    predicted = Optional.of(new PredictedLatency(table.forward(), after));
    return recipe;
  }

  private Map<String, double[]> profiles(
      Model base, PointPruning pruning, List<MemberScores> scores, Batch batch) {
    progress.accept("measuring profiles of " + pruning.eligible().size() + " structures");
    return base.computedIn(
        compute,
        held ->
            new Profiles(
                    held,
                    pruning.eligible(),
                    PointPruning.orders(scores, point.aggregation()),
                    batch,
                    Profiles.WINDOWS)
                .measure(() -> {})
                .byName());
  }

  private LatencyTable table(Model base, PointPruning pruning) {
    progress.accept(
        "timing structures in passes of " + timing.batch() + " x " + timing.length() + " tokens");
    return new StructureTimings(base, pruning.eligible(), timing).measure(compute, () -> {});
  }
}
