package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Kind.number;
import static dev.secateur.coordinator.config.Kind.whole;

import com.typesafe.config.ConfigObject;
import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig.Recovery;
import dev.secateur.protocol.SweepConfig.Scratch;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Reads {@code recovery}; defaults are those of the published command. */
public final class RecoverySection {
  static final Key<Double> LEARNING_RATE =
      Key.of("learning-rate", number("0", "10"), 1e-4, "peak learning rate").unit("rate");
  static final Key<Integer> WARMUP =
      Key.of(
              "warmup",
              whole(0, Integer.MAX_VALUE),
              100,
              "steps over which the learning rate rises to its peak")
          .unit("steps");
  static final Key<Double> WEIGHT_DECAY =
      Key.of("weight-decay", number("0", "10"), 0.0, "weight decay of AdamW");

  public static final Key<Integer> ROWS =
      Key.of(
              "rows",
              whole(1, Integer.MAX_VALUE),
              2000,
              "rows held out; the adapter of the lowest loss on them is kept")
          .unit("rows");
  public static final Key<Integer> EVERY =
      Key.of("every", whole(1, Integer.MAX_VALUE), 100, "steps between evaluations on them")
          .unit("steps");
  public static final Key<Integer> PATIENCE =
      Key.of(
          "patience",
          whole(1, Integer.MAX_VALUE),
          "stop after so many evaluations without a lower loss; never without it");

  private static final Key<Strategy> STRATEGIES =
      Key.of("strategies", Kind.label(Strategy.class), "whose trials are recovered; all without it")
          .list();
  private static final Key<BigDecimal> RATIOS =
      Key.of("ratios", Kind.ratio(), "whose trials are recovered; all without it").list();
  private static final Key<String> DATA =
      Key.of("data", Kind.text(), TextRef.WORDNET, "instruction rows, or a text");
  private static final Key<String> TARGETS =
      Key.of(
              "targets",
              Kind.text(),
              "layers that get an adapter, by the last words of their names; without it all affine"
                  + " maps of the blocks")
          .unit("names")
          .list();
  private static final Key<ConfigObject> WHEN =
      Key.of("when", Kind.object(), "recover only trials that are worth it; all without it");
  private static final Key<ConfigObject> VALIDATION =
      Key.of(
          "validation",
          Kind.object(),
          "evaluate on rows held out, and keep the best adapter; not without it");
  private static final Key<ConfigObject> SCRATCH =
      Key.of(
          "scratch",
          Kind.object(),
          "train the same shape from random weights too, on the same budget; not without it");

  private RecoverySection() {}

  /** The axes of the grid that recovery speaks of. */
  record Grid(List<String> models, List<Strategy> strategies, List<BigDecimal> ratios) {}

  static Recovery read(Section section, SourceNames names, Grid grid) {
    List<Strategy> strategies = section.list(STRATEGIES);
    Recovery recovery =
        new Recovery(
            section.isList("strategies") ? strategies : List.of(Strategy.values()),
            section.list(RATIOS),
            section.section(WHEN).map(RecoverySection::bound),
            names.text(section, DATA),
            tuning(
                section,
                name -> names.projection(name, grid.models()),
                section.section(VALIDATION).map(RecoverySection::validation)),
            section.section(SCRATCH).map(RecoverySection::scratch));
    checkPartOf("strategies", strategies, grid.strategies(), Labelled::label, section);
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

  /**
   * How an adapter is trained, as a sweep or the command line says.
   *
   * @param target checks the name of a layer
   */
  public static Tuning tuning(
      Values values, UnaryOperator<String> target, Optional<Tuning.Validation> validation) {
    return new Tuning(
        values.get(
            Key.of(
                "template",
                Kind.label(Template.class),
                Template.ALPACA,
                "prompt template of the rows")),
        values.get(
            Key.of("train-on-inputs", Kind.flag(), false, "predict prompts too, not only answers")),
        values.list(TARGETS, target),
        budget(values),
        values.get(LEARNING_RATE),
        values.get(WARMUP),
        values.get(
            Key.of(
                "schedule",
                Kind.label(Schedule.class),
                Schedule.LINEAR,
                "how the learning rate changes after the warmup")),
        values.get(WEIGHT_DECAY),
        values.get(Key.of("rank", whole(1, 65_536), 8, "rank of the adapter")),
        values.get(
            Key.of(
                "alpha",
                number("0", "1000000"),
                16.0,
                "the adapter's output is scaled by alpha / rank")),
        values.get(Key.of("dropout", number("0", "0.99"), 0.05, "dropout before the adapter")),
        values.get(
            Key.of(
                    "cutoff",
                    whole(2, 1_000_000),
                    256,
                    "the most tokens of a row, and all of a text's chunk")
                .unit("tokens")),
        validation,
        values.get(
            Key.of(
                "checkpointing",
                Kind.flag(),
                false,
                "compute activations again, block by block: less memory, more time")),
        values.get(
            Key.of(
                "precision",
                Kind.label(Precision.class),
                Precision.FLOAT32,
                "what the base's weights are held as; `bfloat16` on a GPU only")));
  }

  private static Tuning.Budget budget(Values values) {
    int batch = values.get(Key.of("batch", whole(1, 1_000_000), 64, "rows of a step").unit("rows"));
    return new Tuning.Budget(
        values.find(
            Key.of(
                "steps",
                whole(1, Integer.MAX_VALUE),
                "optimizer steps; without it, `epochs` says how many")),
        values.get(Key.of("epochs", number("0.000001", "100000"), 2.0, "passes over the data")),
        batch,
        values.get(
            Key.of(
                    "micro-batch",
                    whole(1, batch),
                    Math.min(4, batch),
                    "rows computed at once, at most `batch`")
                .unit("rows")));
  }

  private static Tuning.Validation validation(Section section) {
    Tuning.Validation validation =
        new Tuning.Validation(section.get(ROWS), section.get(EVERY), section.find(PATIENCE));
    section.finish();
    return validation;
  }

  private static RecoveryBound bound(Section section) {
    RecoveryBound bound =
        new RecoveryBound(
            section.find(
                Key.of(
                    "perplexity",
                    number("1", "1e300"),
                    "the highest perplexity of a pruned model that is recovered")),
            section.find(
                Key.of(
                    "top",
                    whole(1, Integer.MAX_VALUE),
                    "only so many trials of each model and ratio, those of the lowest perplexity")));
    if (bound.perplexity().isEmpty() && bound.top().isEmpty()) {
      section.problem("perplexity", "is missing, and 'top' as well; one of them is the bound");
    }
    section.finish();
    return bound;
  }

  private static Scratch scratch(Section section) {
    Scratch scratch =
        new Scratch(section.get(LEARNING_RATE.or(1e-3)), section.get(WEIGHT_DECAY.or(0.1)));
    section.finish();
    return scratch;
  }
}
