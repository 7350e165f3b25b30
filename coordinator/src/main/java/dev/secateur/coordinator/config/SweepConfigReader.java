package dev.secateur.coordinator.config;

import dev.secateur.protocol.Activations;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Sampling;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.StageSpec.StageKind;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Calibration;
import dev.secateur.protocol.SweepConfig.Layers;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a sweep configuration; every mistake in it is found and named in one go. */
public final class SweepConfigReader {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,6})\\.\\.(\\d{1,6})");

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
    Problems problems = new Problems(file);
    SweepConfig sweep = new SweepConfigReader(sources).sweep(Section.parse(text, file, problems));
    problems.throwIfAny();
    return sweep;
  }

  private SweepConfig sweep(Section root) {
    SweepSize.check(root, Limits.DEFAULT);
    List<String> models = root.texts("models", List.of(), sources::model);
    List<Strategy> strategies = root.labels("strategies", Strategy.class, List.of(Strategy.BLOCK));
    List<BigDecimal> ratios = root.ratios("ratios", List.of());
    RecoverySection.Grid grid = new RecoverySection.Grid(models, strategies, ratios);
    SweepConfig sweep =
        new SweepConfig(
            name(root),
            root.seed("seed", 42),
            models,
            strategies,
            ratios,
            root.labels("criteria", Criterion.class, List.of(Criterion.TAYLOR_ELEMENT1)),
            root.labels("aggregations", Aggregation.class, List.of(Aggregation.SUM)),
            root.labels("scopes", Scope.class, List.of(Scope.LOCAL)),
            root.labels("targets", Target.class, List.of(Target.GROUP_RATIO)),
            root.integers("steps", List.of(1), 1, 10_000),
            layers(root, models, strategies),
            calibration(root.sectionOrEmpty("calibration")),
            root.section("recovery").map(section -> RecoverySection.read(section, names, grid)),
            EvaluationSection.read(root.sectionOrEmpty("evaluation"), names, root.seed("seed", 42)),
            root.flag("export", false),
            memory(root.sectionOrEmpty("memory")),
            root.integer("attempts", 3, 1, 100));
    root.require("models", "a list of checkpoint folders, or [demo]");
    root.require("ratios", "a list of numbers between 0 and 1");
    checkGrid(root, sweep);
    SweepSize.check(root, sweep, Limits.DEFAULT);
    root.finish();
    return sweep;
  }

  private String name(Section root) {
    String name = root.text("name", "sweep");
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      root.problem("name", "is '" + name + "'; allowed are letters, digits, '.', '_' and '-'");
    }
    return name;
  }

  /** One range as an object, or several as a list of texts. */
  private List<Layers> layers(Section root, List<String> models, List<Strategy> strategies) {
    List<Layers> all;
    if (root.isList("layers")) {
      all = root.parsed("layers", List.of(), SweepConfigReader::span);
    } else {
      Section section = root.sectionOrEmpty("layers");
      all =
          List.of(
              new Layers(
                  section.optionalInteger("first", 0, Integer.MAX_VALUE),
                  section.optionalInteger("end", 1, Integer.MAX_VALUE)));
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
    Matcher span = SPAN.matcher(text);
    if (!span.matches()) {
      throw new InputException(
          "is '"
              + text
              + "'; allowed are 'default' and ranges such as \"4..30\", the end excluded");
    }
    return new Layers(
        Optional.of(Integer.parseInt(span.group(1))), Optional.of(Integer.parseInt(span.group(2))));
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

  private Calibration calibration(Section section) {
    Calibration calibration =
        new Calibration(
            names.text(section, "text"),
            section.label("sampling", Sampling.class, Sampling.ROWS),
            section.integer("samples", 10, 1, 100_000),
            section.integer("length", 64, 2, 1_000_000),
            section.flag("token-fisher", false),
            section.label("activations", Activations.class, Activations.AUTO),
            section.integer("parts", 1, 1, 10_000));
    section.finish();
    return calibration;
  }

  private static Map<StageKind, Long> memory(Section section) {
    Map<StageKind, Long> memory = new EnumMap<>(StageKind.class);
    for (StageKind kind : StageKind.values()) {
      section.bytes(kind.label()).ifPresent(bytes -> memory.put(kind, bytes));
    }
    section.finish();
    return memory;
  }

  private Optional<ModelRef> model(String name) {
    try {
      return Optional.of(sources.model(name));
    } catch (InputException e) {
      return Optional.empty(); // told where the list of models is read
    }
  }
}
