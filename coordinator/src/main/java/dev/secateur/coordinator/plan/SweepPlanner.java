package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.LayerRange;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageKind;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Trial;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Expands a grid into trials and shares the stages that are the same. */
public final class SweepPlanner {
  private final SweepConfig config;
  private final Sources sources;
  private final Map<StageKey, Stage> stages = new LinkedHashMap<>();
  private final List<Trial> trials = new ArrayList<>();

  private SweepPlanner(SweepConfig config, Sources sources) {
    this.config = config;
    this.sources = sources;
  }

  /** The plan of a checked configuration. */
  public static SweepPlan plan(SweepConfig config, Sources sources) {
    SweepPlanner planner = new SweepPlanner(config, sources);
    for (String model : config.models()) {
      planner.addTrials(sources.model(model));
    }
    return new SweepPlan(
        config.name(),
        StageKeys.digest(List.copyOf(planner.stages.keySet())),
        List.copyOf(planner.trials),
        List.copyOf(planner.stages.values()),
        config.attempts());
  }

  private void addTrials(ModelRef model) {
    for (Strategy strategy : config.strategies()) {
      for (Criterion criterion : config.criteria()) {
        for (Aggregation aggregation : config.aggregations()) {
          for (BigDecimal ratio : config.ratios()) {
            addTrial(model, strategy, ratio, criterion, aggregation);
          }
        }
      }
    }
  }

  private void addTrial(
      ModelRef model,
      Strategy strategy,
      BigDecimal ratio,
      Criterion criterion,
      Aggregation aggregation) {
    StageKey before = evaluation(model, Optional.empty(), Optional.empty());
    StageKey discovery = add(StageKind.DISCOVERY, new StageSpec.Discovery(model));
    StageKey estimation = estimation(model, discovery, strategy, criterion);
    StageKey pruning =
        add(
            StageKind.PRUNING,
            new StageSpec.Pruning(
                model,
                discovery,
                estimation,
                strategy,
                layers(model, strategy).first(),
                layers(model, strategy).end(),
                ratio,
                criterion,
                aggregation),
            discovery,
            estimation);
    StageKey after = evaluation(model, Optional.of(pruning), Optional.empty());
    Optional<StageKey> recovery =
        config
            .recovery()
            .filter(r -> r.strategies().contains(strategy))
            .filter(r -> r.ratios().isEmpty() || r.ratios().contains(ratio))
            .map(settings -> recovery(model, pruning, settings));
    Optional<StageKey> recovered =
        recovery.map(adapter -> evaluation(model, Optional.of(pruning), Optional.of(adapter)));
    Optional<StageKey> export =
        config.export() ? Optional.of(export(model, pruning, recovery)) : Optional.empty();
    List<StageKey> needed = new ArrayList<>(List.of(before, discovery, estimation, pruning, after));
    recovery.ifPresent(needed::add);
    recovered.ifPresent(needed::add);
    export.ifPresent(needed::add);
    trials.add(
        new Trial(
            trials.size(),
            model,
            strategy,
            ratio,
            criterion,
            aggregation,
            before,
            pruning,
            after,
            recovery,
            recovered,
            export,
            List.copyOf(needed)));
  }

  private StageKey estimation(
      ModelRef model, StageKey discovery, Strategy strategy, Criterion criterion) {
    return add(
        StageKind.ESTIMATION,
        new StageSpec.Estimation(
            model,
            discovery,
            strategy,
            layers(model, strategy).first(),
            layers(model, strategy).end(),
            criterion.family(),
            sources.text(config.calibration().text()),
            config.calibration().samples(),
            config.calibration().length(),
            config.seed()),
        discovery);
  }

  private StageKey recovery(ModelRef model, StageKey pruning, SweepConfig.Recovery settings) {
    return add(
        StageKind.RECOVERY,
        new StageSpec.Recovery(
            model,
            pruning,
            sources.text(settings.data()),
            settings.template(),
            settings.steps(),
            settings.batch(),
            settings.microBatch(),
            settings.learningRate(),
            settings.warmup(),
            settings.rank(),
            settings.alpha(),
            settings.dropout(),
            settings.cutoff(),
            config.seed()),
        pruning);
  }

  private StageKey evaluation(
      ModelRef model, Optional<StageKey> recipe, Optional<StageKey> adapter) {
    List<StageKey> inputs = new ArrayList<>();
    recipe.ifPresent(inputs::add);
    adapter.ifPresent(inputs::add);
    return add(
        StageKind.EVALUATION,
        new StageSpec.Evaluation(
            model,
            recipe,
            adapter,
            sources.text(config.evaluation().text()),
            config.evaluation().window(),
            config.evaluation().windows()),
        inputs.toArray(StageKey[]::new));
  }

  private StageKey export(ModelRef model, StageKey pruning, Optional<StageKey> adapter) {
    List<StageKey> inputs = new ArrayList<>(List.of(pruning));
    adapter.ifPresent(inputs::add);
    return add(
        StageKind.EXPORT,
        new StageSpec.Export(model, pruning, adapter),
        inputs.toArray(StageKey[]::new));
  }

  private StageKey add(StageKind kind, StageSpec spec, StageKey... inputs) {
    StageKey key = StageKeys.of(spec);
    stages.putIfAbsent(key, new Stage(key, kind, spec, List.of(inputs)));
    return key;
  }

  private LayerRange layers(ModelRef model, Strategy strategy) {
    return strategy == Strategy.BLOCK
        ? LayerRange.of(config.layers(), model)
        : new LayerRange(0, model.layers());
  }
}
