package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.LayerRange;
import dev.secateur.coordinator.config.Limits;
import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.StageSpec.Subject;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Recovery;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.Target;
import dev.secateur.protocol.Trial;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Expands a grid into trials and shares the stages that are the same. */
public final class SweepPlanner {
  private final SweepConfig config;
  private final Sources sources;
  private final CodeVersion version;
  private final Map<StageKey, Stage> stages = new LinkedHashMap<>();
  private final List<Trial> trials = new ArrayList<>();
  private final Set<List<Object>> points = new HashSet<>();
  private final Predicate<Point> recovers;

  private SweepPlanner(SweepConfig config, Sources sources, CodeVersion version) {
    this.config = config;
    this.sources = sources;
    this.version = version;
    this.recovers = recovered(config);
  }

  /** The plan of a checked configuration. */
  public static SweepPlan plan(SweepConfig config, Sources sources) {
    return plan(config, sources, CodeVersion.CURRENT);
  }

  /** The plan of a checked configuration for a version of the code. */
  public static SweepPlan plan(SweepConfig config, Sources sources, CodeVersion version) {
    SweepPlanner planner = new SweepPlanner(config, sources, version);
    for (String model : config.models()) {
      planner.addTrials(sources.model(model));
    }
    return new SweepPlan(
        config.name(),
        StageKeys.digest(List.copyOf(planner.stages.keySet())),
        List.copyOf(planner.trials),
        List.copyOf(planner.stages.values()),
        config.recovery().flatMap(Recovery::when),
        config.attempts(),
        config.timeouts(),
        version);
  }

  /** The points of the grid that trials are made of, of one model and one span of layers. */
  static List<Point> points(SweepConfig config) {
    return grid(config, new LayerSpan(0, 1)).stream()
        .filter(point -> point.exclusion().isEmpty())
        .toList();
  }

  /** Which points' trials are recovered. */
  static Predicate<Point> recovered(SweepConfig config) {
    Set<Strategy> strategies = new HashSet<>();
    Set<BigDecimal> ratios = new HashSet<>();
    config.recovery().map(Recovery::strategies).ifPresent(strategies::addAll);
    config.recovery().map(Recovery::ratios).ifPresent(ratios::addAll);
    return point ->
        strategies.contains(point.strategy())
            && (ratios.isEmpty() || ratios.contains(point.ratio()));
  }

  /** How many stages the trials of a model, a strategy and a span of layers share, at most. */
  static long sharedStages(SweepConfig config) {
    long estimations = config.calibration().parts() + 1L; // the parts, and what merges them
    return 2 + Limits.product(config.criteria().size(), estimations);
  }

  /** How many stages a trial has beside those. */
  static int ownStages(SweepConfig config, boolean recovered) {
    int pruned = config.export() ? 3 : 2; // each is evaluated
    boolean scratch = config.recovery().flatMap(Recovery::scratch).isPresent();
    return recovered ? pruned + (scratch ? 4 : 2) : pruned;
  }

  /** Why points of the grid are left out, each reason once. */
  public static List<String> exclusions(SweepConfig config) {
    return grid(config, new LayerSpan(0, 1)).stream()
        .flatMap(point -> point.exclusion().stream())
        .distinct()
        .toList();
  }

  /** What makes less sense of a configuration than its author may think. */
  public static List<String> notices(SweepConfig config) {
    return config.recovery().map(Recovery::tuning).stream()
        .filter(tuning -> tuning.budget().steps().orElse(tuning.warmup()) < tuning.warmup())
        .map(
            tuning ->
                "recovery.warmup of "
                    + tuning.warmup()
                    + " steps is longer than the training of "
                    + tuning.budget().steps().orElseThrow()
                    + ": the learning rate does not reach its peak")
        .toList();
  }

  private void addTrials(ModelRef model) {
    for (Strategy strategy : config.strategies()) {
      for (SweepConfig.Layers layers : config.layers()) {
        LayerSpan span = LayerRange.of(layers, model.layers(), strategy);
        addTrials(
            model,
            grid(config, span).stream()
                .filter(point -> point.strategy() == strategy && point.exclusion().isEmpty())
                .filter(point -> points.add(List.of(model, point)))
                .toList());
      }
    }
    config.recipes().forEach(recipe -> addRecipe(model, recipe));
  }

  /** A trial of a recipe from elsewhere, where it is of this model. */
  private void addRecipe(ModelRef model, String name) {
    Sources.GivenRecipe recipe;
    try {
      recipe = sources.recipe(name, model);
    } catch (InputException e) {
      return; // it fits another model
    }
    StageKey pruning = add(new StageSpec.Import(model, recipe.file(), Optional.empty()));
    addTrial(model, recipe.point(), evaluation(model, Subject.base()), List.of(), pruning);
  }

  /**
   * @param alike points of one strategy and span of layers; what they share is planned once
   */
  private void addTrials(ModelRef model, List<Point> alike) {
    if (alike.isEmpty()) {
      return;
    }
    StageKey before = evaluation(model, Subject.base());
    StageKey discovery = add(new StageSpec.Discovery(model));
    Map<Criterion, List<StageKey>> estimations = new HashMap<>();
    for (Point point : alike) {
      addTrial(
          model,
          point,
          before,
          discovery,
          estimations.computeIfAbsent(
              point.criterion(), criterion -> estimations(model, discovery, point)));
    }
  }

  /** The grid, but for its models and layers. */
  private static List<Point> grid(SweepConfig config, LayerSpan span) {
    List<Point> points = new ArrayList<>();
    for (Strategy strategy : config.strategies()) {
      for (Criterion criterion : config.criteria()) {
        for (Aggregation aggregation : config.aggregations()) {
          for (Scope scope : config.scopes()) {
            for (Target target : config.targets()) {
              for (int steps : config.steps()) {
                for (BigDecimal ratio : config.ratios()) {
                  points.add(
                      new Point(
                          strategy,
                          span,
                          span,
                          ratio,
                          criterion,
                          aggregation,
                          scope,
                          target,
                          steps));
                }
              }
            }
          }
        }
      }
    }
    return points;
  }

  private void addTrial(
      ModelRef model,
      Point point,
      StageKey before,
      StageKey discovery,
      List<StageKey> estimations) {
    StageKey estimation = estimations.get(estimations.size() - 1);
    Optional<Samples> again =
        point.steps() > 1 ? Optional.of(samples(point.criterion())) : Optional.empty();
    Optional<Precision> precision = again.flatMap(samples -> precision(point.criterion()));
    StageKey pruning =
        add(new StageSpec.Pruning(model, discovery, estimation, point, again, precision));
    List<StageKey> scoring = new ArrayList<>(List.of(discovery));
    scoring.addAll(estimations);
    addTrial(model, point, before, scoring, pruning);
  }

  /**
   * @param scoring the stages that the recipe is made from
   */
  private void addTrial(
      ModelRef model, Point point, StageKey before, List<StageKey> scoring, StageKey pruning) {
    StageKey after = evaluation(model, Subject.pruned(pruning));
    Optional<Recovery> settings = config.recovery().filter(r -> recovers.test(point));
    Optional<StageKey> recovery = settings.map(s -> recovery(model, pruning, s));
    Optional<StageKey> training =
        settings.flatMap(s -> s.scratch().map(scratch -> training(model, pruning, s, scratch)));
    Optional<StageKey> recovered =
        recovery.map(adapter -> evaluation(model, Subject.recovered(pruning, adapter)));
    Optional<StageKey> trained =
        training.map(weights -> evaluation(model, Subject.trained(pruning, weights)));
    Optional<StageKey> export =
        config.export()
            ? Optional.of(add(new StageSpec.Export(model, pruning, recovery)))
            : Optional.empty();
    List<StageKey> needed = new ArrayList<>(List.of(before));
    needed.addAll(scoring);
    needed.addAll(List.of(pruning, after));
    Stream.of(recovery, recovered, training, trained, export)
        .flatMap(Optional::stream)
        .forEach(needed::add);
    trials.add(
        new Trial(
            trials.size(),
            model,
            point,
            before,
            pruning,
            after,
            recovery,
            recovered,
            training,
            trained,
            export,
            List.copyOf(needed)));
  }

  /** The stages that score a point's units, the one with the scores last. */
  private List<StageKey> estimations(ModelRef model, StageKey discovery, Point point) {
    Criterion criterion = point.criterion();
    Optional<String> file = criterion.scoresFile();
    if (file.isPresent()) {
      return List.of(
          add(new StageSpec.Import(model, sources.text(file.get()), Optional.of(criterion))));
    }
    int parts = criterion.addsUp() ? config.calibration().parts() : 1;
    if (parts == 1) {
      List<Criterion> family =
          criterion.relatives().stream().filter(c -> c.suits(point.strategy())).toList();
      return List.of(estimation(model, discovery, point, family, 0, 1, List.of()));
    }
    List<StageKey> all = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      all.add(estimation(model, discovery, point, List.of(criterion), part, parts, List.of()));
    }
    all.add(estimation(model, discovery, point, List.of(criterion), 0, parts, List.copyOf(all)));
    return all;
  }

  private StageKey estimation(
      ModelRef model,
      StageKey discovery,
      Point point,
      List<Criterion> criteria,
      int part,
      int parts,
      List<StageKey> merged) {
    return add(
        new StageSpec.Estimation(
            model,
            discovery,
            point.strategy(),
            point.attention(),
            point.mlp(),
            criteria,
            samples(point.criterion()),
            part,
            parts,
            merged,
            precision(point.criterion())));
  }

  /** What scores are computed in; of criteria that look at no weight nothing depends on it. */
  private Optional<Precision> precision(Criterion criterion) {
    return criterion.readsWeights() ? config.compute().required() : Optional.empty();
  }

  /** The calibration batch; of criteria that look at no sample only what they depend on. */
  private Samples samples(Criterion criterion) {
    return criterion.needsSamples()
        ? config.calibration().samples()
        : Samples.none(criterion.isDrawn() ? config.seed() : 0);
  }

  private StageKey recovery(ModelRef model, StageKey pruning, Recovery settings) {
    return add(
        new StageSpec.Recovery(model, pruning, settings.data(), settings.tuning(), config.seed()));
  }

  private StageKey training(
      ModelRef model, StageKey pruning, Recovery settings, SweepConfig.Scratch scratch) {
    return add(
        new StageSpec.Training(
            model,
            pruning,
            settings.data(),
            settings.tuning(),
            scratch.learningRate(),
            scratch.weightDecay(),
            config.seed()));
  }

  private StageKey evaluation(ModelRef model, Subject subject) {
    return add(config.evaluation().of(model, subject));
  }

  private StageKey add(StageSpec spec) {
    StageKey key = StageKeys.of(spec, version);
    stages.computeIfAbsent(key, k -> Stage.of(k, spec, memory(spec)));
    return key;
  }

  /** What the sweep declares, else what its model's sizes say. */
  private Optional<Long> memory(StageSpec spec) {
    Long declared = config.memory().get(spec.kind());
    if (declared != null) {
      return Optional.of(declared);
    }
    OptionalLong least = sources.memory(spec);
    return least.isPresent() ? Optional.of(least.getAsLong()) : Optional.empty();
  }
}
