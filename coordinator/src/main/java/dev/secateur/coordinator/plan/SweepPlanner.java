package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.coordinator.plan.GridPoints.Variant;
import dev.secateur.coordinator.plan.Scoring.Scores;
import dev.secateur.protocol.CodeVersion;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.CompensationSpec;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.ExportSpec;
import dev.secateur.protocol.ImportSpec;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.MemoryNeed;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.PruningSpec;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.Recovery.Scratch;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.RecoverySpec;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Samples;
import dev.secateur.protocol.Stage;
import dev.secateur.protocol.StageKey;
import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Subject;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Blocks;
import dev.secateur.protocol.SweepConfig.Calibration;
import dev.secateur.protocol.SweepPlan;
import dev.secateur.protocol.TrainingSpec;
import dev.secateur.protocol.Trial;
import dev.secateur.protocol.Trial.Extra;
import dev.secateur.protocol.Trial.Further;
import dev.secateur.protocol.Trial.Role;
import dev.secateur.protocol.Tuning;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Expands a grid into trials and shares the stages that are the same. */
public final class SweepPlanner {
  private final SweepConfig config;
  private final Sources sources;
  private final CodeVersion version;
  private final Matching matching;
  private final Scoring scoring;
  private final Map<StageKey, Stage> stages = new LinkedHashMap<>();
  private final List<Trial> trials = new ArrayList<>();
  private final Map<List<Object>, SweepConfig> seen = new HashMap<>();

  private SweepPlanner(SweepConfig config, Sources sources, CodeVersion version) {
    this.config = config;
    this.sources = sources;
    this.version = version;
    this.matching = new Matching(config, sources);
    this.scoring = new Scoring(config.compute(), sources, this::add);
  }

  /** The plan of a checked configuration. */
  public static SweepPlan plan(SweepConfig config, Sources sources) {
    return plan(config, sources, CodeVersion.CURRENT);
  }

  /**
   * The plan of a checked configuration for a version of the code.
   *
   * @throws InputException when a case repeats a trial that there is already
   */
  public static SweepPlan plan(SweepConfig config, Sources sources, CodeVersion version) {
    SweepPlanner planner = new SweepPlanner(config, sources, version);
    for (SweepConfig grid : GridPoints.grids(config)) {
      grid.models().forEach(model -> planner.addTrials(grid, sources.model(model)));
    }
    return new SweepPlan(
        config.name(),
        StageKeys.digest(List.copyOf(planner.stages.keySet())),
        List.copyOf(planner.trials),
        List.copyOf(planner.stages.values()),
        activeRecoveries(config).map(Recovery.On::when).findFirst().orElse(RecoveryBound.ALL),
        config.attempts(),
        config.timeouts(),
        version);
  }

  private static Stream<Recovery.On> activeRecoveries(SweepConfig config) {
    return GridPoints.grids(config).stream().flatMap(SweepConfig::activeRecoveries);
  }

  /** Why points of the grid are left out, each reason once. */
  public static List<String> exclusions(SweepConfig config) {
    return GridPoints.grids(config).stream()
        .flatMap(grid -> GridPoints.exclusions(grid).stream())
        .distinct()
        .toList();
  }

  /** One line about points of the grid that are left out as duplicates. */
  public static Optional<String> repeated(SweepConfig config, SweepPlan plan) {
    long points = 0;
    for (SweepConfig grid : GridPoints.grids(config)) {
      long blocks = grid.blocks().values().stream().mapToLong(List::size).sum();
      points += blocks * GridPoints.count(grid) * GridPoints.repetitions(grid);
    }
    long repeated = points - plan.trials().size();
    return repeated <= 0
        ? Optional.empty()
        : Optional.of(
            repeated
                + " trials that repeat others: they differ only in settings without effect on"
                + " them, such as an unused seed");
  }

  /** What makes less sense of a configuration than its author may think. */
  public static List<String> notices(SweepConfig config) {
    return activeRecoveries(config)
        .map(Recovery.On::tuning)
        .filter(tuning -> tuning.budget().steps().orElse(tuning.warmup()) < tuning.warmup())
        .map(
            tuning ->
                "recovery.warmup of "
                    + tuning.warmup()
                    + " steps is longer than the training of "
                    + tuning.budget().steps().orElseThrow()
                    + ": the learning rate does not reach its peak")
        .distinct()
        .toList();
  }

  private void addTrials(SweepConfig grid, ModelRef model) {
    for (Strategy strategy : grid.strategies()) {
      for (Blocks blocks : grid.blocks().get(model.name())) {
        List<Point> points = GridPoints.of(grid, model, strategy, blocks);
        for (Calibration calibration :
            points.isEmpty() ? List.<Calibration>of() : grid.calibrations()) {
          addTrials(grid, model, blocks, points, calibration);
        }
      }
    }
    grid.recipes().forEach(recipe -> addRecipe(grid, model, recipe));
  }

  /** The trials of a recipe from elsewhere, where it is of this model. */
  private void addRecipe(SweepConfig grid, ModelRef model, String name) {
    Sources.GivenRecipe recipe;
    try {
      recipe = sources.recipe(name, model);
    } catch (InputException e) {
      return; // it fits another model
    }
    StageKey pruning = add(new ImportSpec(model, recipe.file(), new ImportSpec.Recipe()));
    StageKey before = evaluation(model, new Subject.Base());
    Point point = recipe.point();
    for (Variant one : GridPoints.variants(grid, point, point)) {
      Samples samples = grid.calibration().samples().seeded(one.seed());
      Optional<StageKey> refitted = compensation(grid, one, model, pruning, samples);
      add(grid, trial(model, point, before, List.of(), pruning, refitted, one));
    }
  }

  /**
   * @param alike points of one strategy and range of blocks; what they share is planned once
   */
  private void addTrials(
      SweepConfig grid, ModelRef model, Blocks blocks, List<Point> alike, Calibration calibration) {
    evaluation(model, new Subject.Base()); // stands before what scores its units
    Map<List<Object>, Scores> scores = new HashMap<>();
    for (Point asked : alike) {
      Point point = matching.sized(grid, model, blocks, asked);
      for (Variant one : GridPoints.variants(grid, point, asked)) {
        Optional<Scores> of =
            point.removesNothing()
                ? Optional.empty()
                : Optional.of(
                    scores.computeIfAbsent(
                        List.of(point.criterion(), point.attention(), point.mlp(), one.seed()),
                        key -> scoring.of(model, point, calibration, one.seed())));
        addTrial(grid, model, point, calibration, of, one);
      }
    }
  }

  /**
   * @param of what the point's units are scored by; absent where nothing goes
   */
  private void addTrial(
      SweepConfig grid,
      ModelRef model,
      Point point,
      Calibration calibration,
      Optional<Scores> of,
      Variant one) {
    StageKey before = evaluation(model, new Subject.Base());
    List<StageKey> profiles =
        of.map(s -> scoring.profiles(model, point, s, calibration, one.seed())).orElse(List.of());
    Optional<StageKey> timing = of.flatMap(s -> scoring.timing(model, point, s, grid.timing()));
    Samples samples = calibration.samples().seeded(one.seed());
    Optional<Ridge> ridge =
        one.compensation() == CompensationMethod.NONE
            ? Optional.empty()
            : Optional.of(grid.ridge());
    StageKey pruning = pruning(model, point, of, profiles, timing, samples, ridge);
    Optional<StageKey> refitted = compensation(grid, one, model, pruning, samples);
    List<StageKey> scored = new ArrayList<>(of.map(Scores::stages).orElse(List.of()));
    scored.addAll(profiles);
    timing.ifPresent(scored::add);
    add(grid, trial(model, point, before, scored, pruning, refitted, one));
  }

  /** Adds a trial, unless its grid has the same already. */
  private void add(SweepConfig grid, Trial trial) {
    List<Object> same = List.of(trial.model(), trial.stages());
    SweepConfig first = seen.putIfAbsent(same, grid);
    if (first == null) {
      trials.add(trial);
    } else if (first != grid) {
      String where = first.place().isEmpty() ? "the grid" : first.place();
      throw new InputException(
          grid.place() + " repeats a trial of " + where + ": " + Extension.words(trial));
    }
  }

  private StageKey pruning(
      ModelRef model,
      Point point,
      Optional<Scores> scores,
      List<StageKey> profiles,
      Optional<StageKey> timing,
      Samples samples,
      Optional<Ridge> ridge) {
    return add(
        new PruningSpec(
            model,
            scores
                .<PruningSpec.Basis>map(s -> new PruningSpec.Scored(s.discovery(), s.last()))
                .orElseGet(PruningSpec.Dense::new),
            point,
            Selections.of(point, scores, profiles, timing, samples, ridge)));
  }

  /** The stage that refits matrices to a recipe, where that is asked for. */
  private Optional<StageKey> compensation(
      SweepConfig grid, Variant one, ModelRef model, StageKey pruning, Samples samples) {
    CompensationMethod method = one.compensation();
    return method == CompensationMethod.NONE
        ? Optional.empty()
        : Optional.of(
            add(
                new CompensationSpec(
                    model, pruning, samples.forPasses(), grid.ridge(), method.hasInner())));
  }

  /**
   * @param scored the stages that the recipe is made from
   * @param made makes the recipe, or brings one from elsewhere
   * @param refitted makes it with refitted matrices
   */
  private Trial trial(
      ModelRef model,
      Point point,
      StageKey before,
      List<StageKey> scored,
      StageKey made,
      Optional<StageKey> refitted,
      Variant one) {
    Optional<Recovery.On> settings = one.recovery().settings();
    long seed = one.seed();
    StageKey pruning = refitted.orElse(made); // what is read of a recipe
    boolean isDense = point.removesNothing();
    Subject pruned = isDense ? new Subject.Base() : new Subject.Pruned(pruning);
    StageKey after = evaluation(model, pruned);
    Optional<StageKey> recovery =
        settings.filter(s -> s.method().hasAdapter()).map(s -> recovery(model, pruning, s, seed));
    Optional<StageKey> training =
        settings.flatMap(
            s -> s.method().scratch().map(scratch -> training(model, made, s, scratch, seed)));
    Map<Extra, StageKey> extras = new EnumMap<>(Extra.class);
    recovery.ifPresent(
        adapter -> {
          extras.put(Extra.RECOVERY, adapter);
          extras.put(Extra.RECOVERED, evaluation(model, new Subject.Recovered(pruning, adapter)));
        });
    training.ifPresent(
        weights -> {
          extras.put(Extra.TRAINING, weights);
          extras.put(Extra.TRAINED, evaluation(model, new Subject.Trained(made, weights)));
        });
    if (config.export() instanceof Export.Files files && (!isDense || recovery.isPresent())) {
      extras.put(Extra.EXPORT, add(new ExportSpec(model, exported(pruning, recovery), files)));
    }
    List<Further> further = new ArrayList<>(texts(model, Role.BEFORE, new Subject.Base()));
    further.addAll(texts(model, Role.PRUNED, pruned));
    recovery.ifPresent(
        adapter -> {
          Subject.Recovered end = new Subject.Recovered(pruning, adapter);
          further.addAll(curve(model, end, settings.get().tuning()));
          further.addAll(texts(model, Role.RECOVERED, end));
        });
    training.ifPresent(
        weights -> further.addAll(texts(model, Role.SCRATCH, new Subject.Trained(made, weights))));
    List<StageKey> needed = new ArrayList<>(List.of(before));
    needed.addAll(scored);
    needed.add(made);
    refitted.ifPresent(needed::add);
    needed.addAll(after.equals(before) ? List.of() : List.of(after));
    needed.addAll(extras.values());
    refitted.ifPresent(key -> extras.put(Extra.COMPENSATION, key));
    further.stream().map(Further::key).distinct().forEach(needed::add);
    return new Trial(
        trials.size(),
        model,
        point,
        before,
        made,
        after,
        extras,
        List.copyOf(needed),
        List.copyOf(further));
  }

  private static Subject.Exportable exported(StageKey pruning, Optional<StageKey> recovery) {
    return recovery
        .<Subject.Exportable>map(adapter -> new Subject.Recovered(pruning, adapter))
        .orElseGet(() -> new Subject.Pruned(pruning));
  }

  /** The adapter on its way to the end of its training. */
  private List<Further> curve(ModelRef model, Subject.Recovered end, Tuning tuning) {
    List<Further> curve = new ArrayList<>();
    for (int i = 1; i <= tuning.kept(); i++) {
      int step = i * tuning.keepEvery();
      StageKey key = add(config.evaluation().of(model, end.after(step)).onTheWay());
      curve.add(new Further.OnTheWay(step, key));
    }
    return curve;
  }

  private List<Further> texts(ModelRef model, Role role, Subject subject) {
    return config.texts().stream()
        .<Further>map(
            text ->
                new Further.OnText(
                    role,
                    text.name(),
                    add(
                        config
                            .evaluation()
                            .of(model, subject)
                            .ofText(text.text(), text.window(), text.windows()))))
        .toList();
  }

  private StageKey recovery(ModelRef model, StageKey pruning, Recovery.On settings, long seed) {
    return add(new RecoverySpec(model, pruning, settings.data(), settings.tuning(), seed));
  }

  private StageKey training(
      ModelRef model, StageKey pruning, Recovery.On settings, Scratch scratch, long seed) {
    return add(
        new TrainingSpec(
            model,
            pruning,
            settings.data(),
            settings.tuning().keepingNothing(),
            scratch.learningRate(),
            scratch.weightDecay(),
            seed));
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
  private MemoryNeed memory(StageSpec spec) {
    Long declared = config.memory().get(spec.kind());
    if (declared != null) {
      return new MemoryNeed.AtLeast(declared);
    }
    OptionalLong least = sources.memory(spec);
    return least.isPresent() ? new MemoryNeed.AtLeast(least.getAsLong()) : new MemoryNeed.Unknown();
  }
}
