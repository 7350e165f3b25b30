package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.DiscoverySpec;
import dev.secateur.protocol.EstimationSpec;
import dev.secateur.protocol.ImportSpec;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.ProfileSpec;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageShare;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Calibration;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.TimingSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Plans the stages that score a point's units. */
final class Scoring {
  private final Precision compute;
  private final Sources sources;
  private final Function<StageSpec, StageKey> add;

  /**
   * @param compute what scores are computed in
   * @param add puts a stage into the plan, if it is not there yet
   */
  Scoring(Precision compute, Sources sources, Function<StageSpec, StageKey> add) {
    this.compute = compute;
    this.sources = sources;
    this.add = add;
  }

  /**
   * What scores units.
   *
   * @param estimations the one with the scores last
   */
  record Scores(
      StageKey discovery, List<StageKey> estimations, Samples samples, Precision precision) {
    /** All that is scored with. */
    List<StageKey> stages() {
      return Stream.concat(Stream.of(discovery), estimations.stream()).toList();
    }

    StageKey last() {
      return estimations.get(estimations.size() - 1);
    }
  }

  Scores of(ModelRef model, Point point, Calibration calibration, long seed) {
    StageKey discovery = add.apply(new DiscoverySpec(model));
    Samples samples = samples(point.criterion(), calibration, seed);
    return new Scores(
        discovery,
        estimations(model, discovery, point, samples, calibration.parts()),
        samples,
        precision(point.criterion()));
  }

  /**
   * The stages that profile the structures of a point of scope measured, the one with all curves
   * last; none of others.
   */
  List<StageKey> profiles(
      ModelRef model, Point point, Scores scores, Calibration calibration, long seed) {
    if (point.scope() != Scope.MEASURED) {
      return List.of();
    }
    Samples samples = calibration.samples().seeded(seed);
    return shared(calibration.parts(), share -> profile(model, point, scores, samples, share));
  }

  /** The stage that times the structures of a point of target latency. */
  Optional<StageKey> timing(ModelRef model, Point point, Scores scores, SweepConfig.Timing asked) {
    return point.target() != Target.LATENCY
        ? Optional.empty()
        : Optional.of(
            add.apply(
                new TimingSpec(
                    model,
                    scores.discovery(),
                    point.strategy(),
                    point.attention(),
                    point.mlp(),
                    asked.device(),
                    asked.protocol(),
                    compute)));
  }

  private StageKey profile(
      ModelRef model, Point point, Scores scores, Samples samples, StageShare share) {
    return add.apply(
        new ProfileSpec(
            model,
            scores.discovery(),
            scores.last(),
            point.strategy(),
            point.attention(),
            point.mlp(),
            point.criterion(),
            point.aggregation(),
            samples,
            share,
            compute));
  }

  /** The stages that score a point's units, the one with the scores last. */
  private List<StageKey> estimations(
      ModelRef model, StageKey discovery, Point point, Samples samples, int asked) {
    Criterion criterion = point.criterion();
    Optional<String> file = criterion.scoresFile();
    if (file.isPresent()) {
      return List.of(
          add.apply(
              new ImportSpec(model, sources.text(file.get()), new ImportSpec.Scores(criterion))));
    }
    int parts = criterion.addsUp() ? asked : 1;
    List<Criterion> criteria =
        parts > 1
            ? List.of(criterion)
            : criterion.relatives().stream().filter(c -> c.suits(point.strategy())).toList();
    return shared(parts, share -> estimation(model, discovery, point, criteria, samples, share));
  }

  /** One stage for all of the work, or one for each part and the one that merges them last. */
  private static List<StageKey> shared(int parts, Function<StageShare, StageKey> stage) {
    if (parts == 1) {
      return List.of(stage.apply(new StageShare.Whole()));
    }
    List<StageKey> all = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      all.add(stage.apply(new StageShare.Part(part, parts)));
    }
    all.add(stage.apply(new StageShare.Merge(List.copyOf(all))));
    return all;
  }

  private StageKey estimation(
      ModelRef model,
      StageKey discovery,
      Point point,
      List<Criterion> criteria,
      Samples samples,
      StageShare share) {
    return add.apply(
        new EstimationSpec(
            model,
            discovery,
            point.strategy(),
            point.attention(),
            point.mlp(),
            criteria,
            samples,
            share,
            precision(point.criterion())));
  }

  /** What scores are computed in; of criteria that look at no weight nothing depends on it. */
  private Precision precision(Criterion criterion) {
    return criterion.readsWeights() ? compute : Precision.FLOAT32;
  }

  /** The calibration batch; of criteria that look at no sample only what they depend on. */
  private static Samples samples(Criterion criterion, Calibration calibration, long seed) {
    return criterion.needsSamples()
        ? calibration.samples().seeded(seed)
        : Samples.none(criterion.isDrawn() ? seed : 0);
  }
}
