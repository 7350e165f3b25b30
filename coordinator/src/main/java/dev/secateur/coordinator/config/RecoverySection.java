package dev.secateur.coordinator.config;

import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig.Recovery;
import dev.secateur.protocol.SweepConfig.Scratch;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.Tuning;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Reads {@code recovery}; defaults are those of the published command. */
final class RecoverySection {
  private RecoverySection() {}

  /** The axes of the grid that recovery speaks of. */
  record Grid(List<String> models, List<Strategy> strategies, List<BigDecimal> ratios) {}

  static Recovery read(Section section, SourceNames names, Grid grid) {
    Recovery recovery =
        new Recovery(
            section.labels("strategies", Strategy.class, List.of(Strategy.values())),
            section.ratios("ratios", List.of()),
            section.section("when").map(RecoverySection::bound),
            names.text(section, "data"),
            tuning(section, name -> names.projection(name, grid.models())),
            section.section("scratch").map(RecoverySection::scratch));
    if (section.isList("strategies")) {
      checkPartOf("strategies", recovery.strategies(), grid.strategies(), Labelled::label, section);
    }
    checkPartOf("ratios", recovery.ratios(), grid.ratios(), BigDecimal::toPlainString, section);
    section.finish();
    return recovery;
  }

  /** What is not in the grid would recover nothing. */
  private static <T> void checkPartOf(
      String key, List<T> named, List<T> grid, Function<T, String> shown, Section section) {
    for (T value : named) {
      if (!grid.isEmpty() && !grid.contains(value)) {
        section.problem(
            key,
            "has "
                + shown.apply(value)
                + ", which is none of the sweep's "
                + key
                + ": "
                + String.join(", ", grid.stream().map(shown).toList()));
      }
    }
  }

  private static Tuning tuning(Section section, Function<String, ?> target) {
    return new Tuning(
        section.label("template", Template.class, Template.ALPACA),
        section.flag("train-on-inputs", false),
        section.texts("targets", List.of(), target),
        budget(section),
        section.number("learning-rate", 1e-4, "0", "10"),
        section.integer("warmup", 100, 0, Integer.MAX_VALUE),
        section.label("schedule", Schedule.class, Schedule.LINEAR),
        section.number("weight-decay", 0, "0", "10"),
        section.integer("rank", 8, 1, 65_536),
        section.number("alpha", 16, "0", "1000000"),
        section.number("dropout", 0.05, "0", "0.99"),
        section.integer("cutoff", 256, 2, 1_000_000),
        section.section("validation").map(RecoverySection::validation),
        section.flag("checkpointing", false),
        section.label("precision", Precision.class, Precision.FLOAT32));
  }

  private static Tuning.Budget budget(Section section) {
    int batch = section.integer("batch", 64, 1, 1_000_000);
    Optional<Integer> steps = section.optionalInteger("steps", 1, Integer.MAX_VALUE);
    double epochs = section.number("epochs", 2, "0.000001", "100000");
    return new Tuning.Budget(
        steps, epochs, batch, section.integer("micro-batch", Math.min(4, batch), 1, batch));
  }

  private static Tuning.Validation validation(Section section) {
    Tuning.Validation validation =
        new Tuning.Validation(
            section.integer("rows", 2000, 1, Integer.MAX_VALUE),
            section.integer("every", 100, 1, Integer.MAX_VALUE),
            section.optionalInteger("patience", 1, Integer.MAX_VALUE));
    section.finish();
    return validation;
  }

  private static RecoveryBound bound(Section section) {
    RecoveryBound bound =
        new RecoveryBound(
            section.optionalNumber("perplexity", "1", "1e300"),
            section.optionalInteger("top", 1, Integer.MAX_VALUE));
    if (bound.perplexity().isEmpty() && bound.top().isEmpty()) {
      section.problem("perplexity", "is missing, and 'top' as well; one of them is the bound");
    }
    section.finish();
    return bound;
  }

  private static Scratch scratch(Section section) {
    Scratch scratch =
        new Scratch(
            section.number("learning-rate", 1e-3, "0", "10"),
            section.number("weight-decay", 0.1, "0", "10"));
    section.finish();
    return scratch;
  }
}
