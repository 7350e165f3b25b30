package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.flag;
import static dev.secateur.coordinator.config.Key.label;
import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Layers;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Reads a sweep configuration; every mistake in it is found and named in one go. */
public final class SweepConfigReader {
  public static final Key<Criterion> CRITERIA =
      Key.of(
              "criteria",
              Kind.criterion(),
              Criterion.TAYLOR_ELEMENT1,
              "how units are scored: `taylor-vector`, `taylor-element1`, `taylor-element2`,"
                  + " `taylor-mixed`, `l1`, `l2`, `random`, `wanda`, `flap`, `ablation`; of layers"
                  + " also `block-influence`, `first-n`, `last-n`, `alternate`; of experts also"
                  + " `usage`, `reap`; a plug-in's name; or `scores:FILE`, scores from elsewhere")
          .list();
  public static final Key<Aggregation> AGGREGATIONS =
      label("aggregations", Aggregation.SUM, "how scores of members become a unit's").list();
  public static final Key<Scope> SCOPES =
      label(
              "scopes",
              Scope.LOCAL,
              "`local`: each structure loses the same share; `global`: all units compete")
          .list();
  public static final Key<Target> TARGETS =
      label(
              "targets",
              Target.GROUP_RATIO,
              "what a ratio is a share of: `group-ratio`, or the whole model's `parameters` or"
                  + " `macs`")
          .list();
  public static final Key<Integer> STEPS =
      whole("steps", 1, 10_000, 1, "prune in that many steps, estimating anew before each").list();
  public static final Key<Long> SEED =
      Key.of("seed", Kind.seed(), 42L, "seed of everything random");
  public static final Key<Precision> COMPUTE =
      label(
              "compute",
              Precision.FLOAT32,
              "what estimation, evaluation and generation compute in: `float32`, or `bfloat16`,"
                  + " which is meant for GPUs; sums are wider")
          .unit("type");

  private static final Key<String> MODELS =
      text("models", "checkpoint folders, `hf:owner/name[@revision]`, or `demo`; required").list();
  private static final Key<Strategy> STRATEGIES =
      label(
              "strategies",
              Strategy.BLOCK,
              "`block` (attention heads and MLP channels), `channel` (residual channels), `layer`"
                  + " (whole blocks), `expert` (experts of a mixture), `block-shared` (as `block`, a"
                  + " channel from all experts of a block or none), `ignore-dependencies` (the"
                  + " paper's control)")
          .list();
  private static final Key<BigDecimal> RATIOS =
      Key.of(
              "ratios",
              Kind.ratio(),
              "how much to remove, in exact decimals; required without `recipes`")
          .list();
  private static final Key<String> RECIPES =
      text("recipes", "recipes from elsewhere, each a trial beside the grid").list();
  private static final Key<String> NAME =
      Key.of(
          "name",
          Kind.name(SweepConfig::isName, "letters, digits, '.', '_' and '-'"),
          "sweep",
          "name of the sweep");
  private static final Key<Layers> LAYERS =
      Key.of(
          "layers",
          Kind.parsed(Layers.class, SweepConfigReader::span),
          "`{ first = 4, end = 30 }`, or an axis: `[\"4..30\", \"0..1\", default]`, ends excluded;"
              + " by default all but the first eighth and the last sixteenth");

  private final Sources sources;
  private final SourceNames names;

  private SweepConfigReader(Sources sources) {
    this.sources = sources;
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
    List<String> models = root.list(MODELS, this::known);
    List<Strategy> strategies = root.list(STRATEGIES);
    List<BigDecimal> ratios = root.list(RATIOS);
    RecoverySection.Grid grid = new RecoverySection.Grid(models, strategies, ratios);
    long seed = root.get(SEED);
    Precision compute = root.get(COMPUTE);
    SweepConfig sweep =
        new SweepConfig(
            root.get(NAME),
            seed,
            compute,
            models,
            strategies,
            ratios,
            root.list(CRITERIA, this::known),
            root.list(AGGREGATIONS),
            root.list(SCOPES),
            root.list(TARGETS),
            root.list(STEPS),
            layers(root, models, strategies),
            CalibrationSection.read(
                root.sectionOrEmpty(object("calibration", "what importance is estimated from")),
                names,
                seed),
            root.section(object("recovery", "LoRA of the trials; none without it"))
                .map(section -> RecoverySection.read(section, names, grid)),
            EvaluationSection.read(
                root.sectionOrEmpty(object("evaluation", "what is measured of every model")),
                names,
                seed,
                compute),
            root.get(
                flag(
                    "export",
                    "write every pruned model as a checkpoint in the base's element types, and"
                        + " read it back")),
            root.list(RECIPES, recipe -> fitting(recipe, models)),
            memory(
                root.sectionOrEmpty(
                    object(
                        "memory",
                        "what a worker must have, by kind of stage, which waits for one:"
                            + " `{ estimation = 12 GiB, recovery = 20 GiB }`; of other kinds what"
                            + " the model's sizes ask for"))),
            timeouts(
                root.sectionOrEmpty(
                    object(
                        "timeouts",
                        "how long an attempt at a stage may take, by kind, before it counts as"
                            + " failed: `{ estimation = 2 h, recovery = 12 h }`"))),
            root.get(
                whole("attempts", 1, 100, 3, "how often a stage is tried before its trials fail")),
            root.settings());
    root.require("models", "a list of checkpoint folders, or [demo]");
    if (!root.isList("recipes")) {
      root.require("ratios", "a list of numbers between 0 and 1");
    }
    checkGrid(root, sweep);
    SweepSize.check(root, sweep, Limits.DEFAULT);
    root.finish();
    return sweep;
  }

  /** One range as an object, or several as a list of texts. */
  private List<Layers> layers(Section root, List<String> models, List<Strategy> strategies) {
    List<Layers> all;
    if (root.isList("layers")) {
      all = root.list(LAYERS);
    } else {
      Section section = root.sectionOrEmpty(object("layers", LAYERS.help()));
      all =
          List.of(
              new Layers(
                  section.find(whole("first", 0, Integer.MAX_VALUE, "the first block")),
                  section.find(whole("end", 1, Integer.MAX_VALUE, "the block after the last"))));
      section.finish();
    }
    for (Layers layers : all) {
      models.forEach(name -> model(name).ifPresent(m -> checkFits(root, layers, m, strategies)));
    }
    return all;
  }

  private static Layers span(String text) {
    if (text.equals("default")) {
      return new Layers(Optional.empty(), Optional.empty());
    }
    return LayerSpan.parse(text)
        .map(span -> new Layers(Optional.of(span.first()), Optional.of(span.end())))
        .orElseThrow(
            () ->
                new InputException(
                    "is '"
                        + text
                        + "'; allowed are 'default' and ranges such as \"4..30\", the end excluded"));
  }

  private static void checkFits(
      Section root, Layers layers, ModelRef model, List<Strategy> strategies) {
    for (Strategy strategy : strategies) {
      LayerSpan span = LayerRange.of(layers, model.layers(), strategy);
      if (!LayerRange.fits(span, model.layers())) {
        root.problem(
            "layers",
            "asks for the layers from "
                + span.first()
                + " to before "
                + span.end()
                + ", but model '"
                + model.name()
                + "' has "
                + model.layers()
                + " layers");
        return;
      }
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
      root.problem("criteria", "suit none of the strategies, and the grid is empty");
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

  /**
   * A criterion that there is: built in, of a plug-in, whose version may be left out, or a file's.
   */
  private Criterion known(Criterion named) {
    named.scoresFile().ifPresent(sources::text);
    if (named.family() != Criterion.Family.PLUG_IN) {
      return named;
    }
    List<Criterion> plugIns = sources.criteria();
    return plugIns.stream()
        .filter(one -> one.equals(named) || one.label().startsWith(named.label() + "@"))
        .findFirst()
        .orElseThrow(
            () ->
                Kind.none(
                    named.label(),
                    Stream.concat(Stream.of(Criterion.values()), plugIns.stream())
                        .map(Criterion::label)
                        .toList()));
  }

  /** A recipe that fits one of the models at least. */
  private String fitting(String recipe, List<String> models) {
    Optional<InputException> why = Optional.empty();
    for (ModelRef model : models.stream().flatMap(name -> model(name).stream()).toList()) {
      try {
        sources.recipe(recipe, model);
        return recipe;
      } catch (InputException e) {
        why = why.or(() -> Optional.of(e));
      }
    }
    why.ifPresent(
        e -> {
          throw e;
        });
    return recipe; // no model can be read, which is told
  }

  private String known(String model) {
    sources.model(model);
    return model;
  }

  private Optional<ModelRef> model(String name) {
    try {
      return Optional.of(sources.model(name));
    } catch (InputException e) {
      return Optional.empty(); // told where the list of models is read
    }
  }
}
