package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.flag;
import static dev.secateur.coordinator.config.Key.label;
import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.EvaluationSpec;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.Ridge;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads a sweep configuration; it reports all mistakes at once. */
public final class SweepConfigReader {
  public static final Key<Criterion> CRITERIA =
      Key.of(
              "criteria",
              Kind.criterion(),
              Criterion.TAYLOR_ELEMENT1,
              "how units are scored: `taylor-vector`, `taylor-element1`, `taylor-element2`,"
                  + " `taylor-mixed`, `l1`, `l2`, `random`, `wanda`, `flap`, `ablation`; for heads"
                  + " and MLP channels also `obs`; for layers also `block-influence`, `first-n`,"
                  + " `last-n`, `alternate`; for experts also `usage`, `reap`; a plug-in's name; or"
                  + " `scores:FILE`, your own scores")
          .list();
  public static final Key<Aggregation> AGGREGATIONS =
      label(
              "aggregations",
              Aggregation.SUM,
              "how scores of members are combined into the score of a unit")
          .list();
  public static final Key<Scope> SCOPES =
      label(
              "scopes",
              Scope.LOCAL,
              "`local`: each structure loses the same share; `global`: all units compete by"
                  + " score; `measured`: measured profiles decide how much each structure loses")
          .list();
  public static final Key<Target> TARGETS =
      label(
              "targets",
              Target.GROUP_RATIO,
              "what a ratio is a share of: `group-ratio`, or the whole model's `parameters`"
                  + " or `macs`; with scope `measured` also the `bytes` of its weights or the"
                  + " measured `latency` of its forward pass")
          .list();
  public static final Key<Integer> STEPS =
      whole("steps", 1, 10_000, 1, "prune in this many steps, with a new estimation before each")
          .list();
  public static final Key<Boolean> UNIFORM =
      flag(
          "uniform",
          "prune the same number of heads, MLP channels or experts from every layer, so that"
              + " widths stay equal and stock classes load the checkpoint; only with scope local");
  public static final Key<Long> SEED = Key.of("seed", Kind.seed(), 42L, "random seed");
  public static final Key<Precision> COMPUTE =
      label(
              "compute",
              Precision.FLOAT32,
              "precision of estimation, evaluation and generation: `float32`, or `bfloat16`,"
                  + " which is meant for GPUs; sums use a wider type")
          .unit("type");

  private static final Key<String> MODELS =
      text("models", "checkpoint folders, `hf:owner/name[@revision]`, or `demo`; required").list();
  private static final Key<Strategy> STRATEGIES =
      label(
              "strategies",
              Strategy.BLOCK,
              "`block` (attention heads and MLP channels), `channel` (residual channels),"
                  + " `layer` (whole blocks), `expert` (experts of a mixture), `block-shared` (as"
                  + " `block`, but all experts of a block lose the same channels),"
                  + " `ignore-dependencies` (the paper's control)")
          .list();
  private static final Key<BigDecimal> RATIOS =
      Key.of(
              "ratios",
              Kind.share(),
              "how much to prune, as exact decimals; 0: the dense model; required unless"
                  + " there are `trials` or `recipes`")
          .list();
  private static final Key<String> RECIPES =
      text("recipes", "your own recipe files, each a trial in addition to the grid").list();
  private static final Key<String> NAME =
      Key.of(
          "name",
          Kind.name(SweepConfig::isName, "letters, digits, '.', '_' and '-'"),
          "sweep",
          "name of the sweep");
  private static final Key<Long> SEEDS =
      Key.of(
              "seeds",
              Kind.seed(),
              "several seeds instead of `seed`: each trial runs with each of them, and"
                  + " results show mean and deviation")
          .list();
  private static final Key<String> MATCH =
      text(
          "match",
          "a strategy, or the name of one of `trials`: all others get the ratio that leaves"
              + " the same number of parameters");
  private static final Kind<String> TRIAL_NAME =
      Kind.name(SweepConfig::isName, "letters, digits, '.', '_' and '-'");

  private final SourceNames names;

  private SweepConfigReader(Sources sources) {
    this.names = new SourceNames(sources);
  }

  /**
   * @param text HOCON
   * @param file what errors call it
   * @throws InputException with one line for each problem: file, line, key, what was found and what
   *     is allowed
   */
  public static SweepConfig read(String text, String file, Sources sources) {
    Problems problems = new Problems(SourceLines.of(text, file));
    SweepConfig sweep = read(Section.parse(text, file, problems), sources);
    problems.throwIfAny();
    return sweep;
  }

  /** Reads what is there, and notes what is wrong with it. */
  static SweepConfig read(Section root, Sources sources) {
    return new SweepConfigReader(sources).sweep(root);
  }

  private SweepConfig sweep(Section root) {
    SweepSize.check(root, Limits.DEFAULT);
    List.of(MODELS, STRATEGIES, RATIOS).forEach(root::raw); // the first that README lists
    List<Cases.Case> written = Cases.of(root);
    SweepSize.check(root, written, Limits.DEFAULT);
    String match = root.find(MATCH).orElse("");
    boolean byName = !match.isEmpty() && isNoStrategy(match);
    boolean grid =
        written.isEmpty() || root.has("ratios") || byName && root.isList(STRATEGIES.name());
    RecoverySection.Grid axes = axes(root, written);
    List<SweepConfig> cases = new ArrayList<>();
    for (Cases.Case one : written) {
      one.section().require("models", "a list of checkpoint folders, or [demo]");
      String name = one.section().find(Key.of("name", TRIAL_NAME, "of a case")).orElse("");
      boolean reference = match.equals(name);
      List<BigDecimal> ratios = ratios(one.section(), byName && !reference, root);
      cases.add(one(one.section(), name, one.place(), ratios, axes, "", List.of()));
    }
    if (grid) {
      root.require("models", "a list of checkpoint folders, or [demo]");
    }
    List<BigDecimal> ratios = root.list(RATIOS);
    SweepConfig sweep =
        one(
            root,
            root.get(NAME),
            "",
            grid ? ratios(root, byName, root) : ratios,
            axes,
            match,
            List.copyOf(cases));
    new MatchCheck(root, sweep).check();
    checkBounds(root, sweep);
    SweepSize.check(root, sweep, Limits.DEFAULT);
    return sweep;
  }

  /** What the sweep and its cases have of the axes that recovery speaks of. */
  private RecoverySection.Grid axes(Section root, List<Cases.Case> cases) {
    List<Section> all = new ArrayList<>(List.of(root));
    cases.forEach(one -> all.add(one.section()));
    return new RecoverySection.Grid(
        List.of(),
        all.stream().flatMap(one -> one.list(STRATEGIES).stream()).distinct().toList(),
        all.stream().flatMap(one -> one.list(RATIOS).stream()).distinct().toList());
  }

  /**
   * @param matched whether another trial says how much goes, so that no ratio is needed
   */
  private static List<BigDecimal> ratios(Section section, boolean matched, Section root) {
    List<BigDecimal> ratios = section.list(RATIOS);
    if (!matched && !section.isList("recipes")) {
      section.require("ratios", "a list of numbers between 0 and 1");
    } else if (!matched) {
      return ratios;
    } else if (!section.has("ratios")) {
      return List.of(BigDecimal.valueOf(5, 1)); // in whose place the planner puts what matches
    } else if (ratios.stream().anyMatch(ratio -> ratio.signum() > 0)) {
      root.problem(
          "match",
          "decides how much is pruned, and "
              + section.where("ratios")
              + " does too; remove one of the two keys");
    }
    return ratios;
  }

  private static boolean isNoStrategy(String match) {
    return Arrays.stream(Strategy.values()).noneMatch(s -> s.label().equals(match));
  }

  /** One grid: that of the sweep, or of a case. */
  private SweepConfig one(
      Section root,
      String name,
      String place,
      List<BigDecimal> ratios,
      RecoverySection.Grid axes,
      String match,
      List<SweepConfig> cases) {
    List<String> models = root.list(MODELS, names::model);
    List<Strategy> strategies = root.list(STRATEGIES);
    List<Long> seeds = seeds(root);
    Precision compute = root.get(COMPUTE);
    List<SweepConfig.Calibration> calibrations =
        CalibrationSection.read(
            root.sectionOrEmpty(
                object("calibration", "text and samples that importance is estimated on")),
            names,
            seeds.get(0));
    List<Recovery> recoveries =
        RecoverySection.read(
            SectionGrid.choices(
                root,
                object(
                    "recovery",
                    "LoRA training of the pruned models, or `off`, or a list of these;"
                        + " default: none")),
            names,
            new RecoverySection.Grid(models, axes.strategies(), axes.ratios()));
    Section evaluation =
        root.sectionOrEmpty(object("evaluation", "what is measured on every model"));
    EvaluationSpec first = EvaluationSection.read(evaluation, names, seeds.get(0), compute);
    List<SweepConfig.NamedText> texts = EvaluationSection.texts(evaluation, names, first);
    evaluation.finish();
    Export export = ExportSection.read(root).export();
    SweepConfig sweep =
        new SweepConfig(
            name,
            place,
            seeds,
            compute,
            models,
            strategies,
            ratios,
            root.list(CRITERIA, names::criterion),
            root.list(AGGREGATIONS),
            root.list(SCOPES),
            root.list(TARGETS),
            root.list(STEPS),
            root.list(Climbing.MOVES),
            LayersSection.read(
                root,
                models.stream().flatMap(m -> names.found(m).stream()).toList(),
                strategies,
                root.get(UNIFORM)),
            root.get(UNIFORM),
            calibrations,
            root.list(CompensationKeys.METHODS),
            Ridge.parse(root.get(CompensationKeys.RIDGE)),
            TimingSection.read(root, root.list(SCOPES), root.list(TARGETS)),
            recoveries,
            first,
            texts,
            match,
            cases,
            export,
            root.list(RECIPES, recipe -> names.recipe(recipe, models)),
            memory(
                root.sectionOrEmpty(
                    object(
                        "memory",
                        "memory that a stage requires of its worker, by kind of stage: `{"
                            + " estimation = 12 GiB, recovery = 20 GiB }`; for other kinds it"
                            + " follows from the model's sizes"))),
            timeouts(
                root.sectionOrEmpty(
                    object(
                        "timeouts",
                        "time limit of an attempt at a stage, by kind of stage; beyond it the"
                            + " attempt fails: `{ estimation = 2 h, recovery = 12 h }`"))),
            root.get(
                whole(
                    "attempts",
                    1,
                    100,
                    3,
                    "how many times a stage is attempted before its trials fail")),
            LabelKeys.labels(root),
            root.find(LabelKeys.NOTES).orElse(""),
            TrackingSection.read(root, name),
            root.settings());
    checkGrid(root, sweep);
    Climbing.check(root, sweep);
    new UniformCheck(root, sweep).check();
    root.finish();
    return sweep;
  }

  private static List<Long> seeds(Section root) {
    long seed = root.get(SEED);
    List<Long> seeds = root.list(SEEDS);
    if (root.has("seed") && root.has("seeds")) {
      root.problem("seeds", "cannot be combined with 'seed'; remove one of the two keys");
    }
    return seeds.isEmpty() ? List.of(seed) : seeds;
  }

  /** A sweep has one rule for which trials are recovered. */
  private static void checkBounds(Section root, SweepConfig sweep) {
    long bounds =
        Stream.concat(Stream.of(sweep), sweep.cases().stream())
            .flatMap(SweepConfig::activeRecoveries)
            .map(Recovery.On::when)
            .distinct()
            .count();
    if (bounds > 1) {
      root.problem("recovery", "has different values of 'when'; a sweep has one for all trials");
    }
  }

  /** Some point of the grid must make sense. */
  private static void checkGrid(Section root, SweepConfig sweep) {
    boolean any =
        sweep.criteria().isEmpty()
            || sweep.strategies().isEmpty()
            || sweep.strategies().stream()
                .anyMatch(s -> sweep.criteria().stream().anyMatch(c -> c.suits(s)));
    if (!any) {
      root.problem("criteria", "suit none of the strategies, so the grid is empty");
    }
  }

  private static Map<StageKind, Long> memory(Section section) {
    return byKind(section, kind -> Key.bytes(kind, ""));
  }

  private static Map<StageKind, Duration> timeouts(Section section) {
    return byKind(section, kind -> Key.duration(kind, ""));
  }

  private static <T> Map<StageKind, T> byKind(Section section, Function<String, Key<T>> key) {
    Map<StageKind, T> values = new EnumMap<>(StageKind.class);
    for (StageKind kind : StageKind.values()) {
      section.find(key.apply(kind.label())).ifPresent(value -> values.put(kind, value));
    }
    section.finish();
    return values;
  }
}
