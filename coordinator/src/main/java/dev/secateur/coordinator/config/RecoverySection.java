package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.flag;
import static dev.secateur.coordinator.config.Key.label;
import static dev.secateur.coordinator.config.Key.number;
import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import dev.secateur.protocol.Labelled;
import dev.secateur.protocol.Precision;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.Recovery.Scratch;
import dev.secateur.protocol.RecoveryBound;
import dev.secateur.protocol.Schedule;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Template;
import dev.secateur.protocol.TextRef;
import dev.secateur.protocol.Tuning;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Reads {@code recovery}; defaults are those of the published command. */
public final class RecoverySection {
  private static final int ALL = Integer.MAX_VALUE;
  private static final double SCRATCH_RATE = 1e-3;
  private static final double SCRATCH_DECAY = 0.1;

  public static final Key<Integer> ROWS =
      whole(
          "rows",
          1,
          ALL,
          2000,
          "rows to hold out; the adapter with the lowest loss on them is kept");
  public static final Key<Integer> EVERY =
      whole("every", 1, ALL, 100, "steps between evaluations on the held-out rows");
  public static final Key<Integer> PATIENCE =
      whole(
          "patience",
          1,
          ALL,
          "early stopping: stop after this many evaluations without a lower loss");

  static final Key<Double> LEARNING_RATE =
      number("learning-rate", "0", "10", 1e-4, "peak learning rate").unit("rate");
  static final Key<Integer> WARMUP =
      whole("warmup", 0, ALL, 100, "warm-up steps, over which the learning rate rises to its peak");
  static final Key<Double> WEIGHT_DECAY =
      number("weight-decay", "0", "10", 0, "weight decay of AdamW");

  public static final Key<Integer> RANK = whole("rank", 1, 65_536, 8, "rank of the adapter");
  public static final Key<Integer> CUTOFF =
      whole(
          "cutoff",
          2,
          1_000_000,
          256,
          "maximum number of tokens per row; tokens per chunk of a text");
  public static final Key<Integer> BATCH =
      whole("batch", 1, 1_000_000, 64, "batch size: rows per optimizer step");

  private static final Key<Strategy> STRATEGIES =
      Key.of(
          "strategies",
          Kind.label(Strategy.class),
          "strategies whose trials are recovered; default: all");
  private static final Key<BigDecimal> RATIOS =
      Key.of("ratios", Kind.share(), "ratios whose trials are recovered; default: all");
  private static final Key<String> TARGETS =
      text(
              "targets",
              "matrices to adapt, by the ends of their names; default: all affine maps of the"
                  + " blocks except experts and routers. Several sets: `[[q_proj], [q_proj,"
                  + " v_proj], all]`")
          .list();
  private static final Key<Trained> METHOD =
      label(
          "method",
          Trained.LORA,
          "`lora`, or `scratch`: only train a model of the pruned shape from random weights");

  private static final Key<Integer> EVALUATE_EVERY =
      whole(
          "evaluate-every",
          1,
          ALL,
          "number of steps between evaluations of the adapter: one training gives the whole curve,"
              + " instead of one training for each number of steps");

  /** What is trained of each pruned model; {@code scratch} may add a model to an adapter. */
  private enum Trained implements Labelled {
    LORA,
    SCRATCH
  }

  private RecoverySection() {}

  /** The axes of the grid that recovery speaks of. */
  record Grid(List<String> models, List<Strategy> strategies, List<BigDecimal> ratios) {}

  /** One for each combination of what may have several values, and one for each {@code off}. */
  static List<Recovery> read(List<SectionGrid.Choice> choices, SourceNames names, Grid grid) {
    return choices.stream()
        .<Recovery>flatMap(
            choice ->
                choice instanceof SectionGrid.Choice.Given given
                    ? SectionGrid.expanded(given.section(), Axes.RECOVERY).stream()
                        .map(one -> one(one, names, grid))
                    : Stream.of(new Recovery.Off()))
        .toList();
  }

  private static Recovery.On one(Section section, SourceNames names, Grid grid) {
    List<Strategy> strategies = section.list(STRATEGIES);
    Trained trained = section.get(METHOD);
    Optional<Integer> every = section.find(EVALUATE_EVERY);
    Recovery.On recovery =
        new Recovery.On(
            section.isList("strategies") ? strategies : List.of(Strategy.values()),
            section.list(RATIOS),
            section
                .section(object("when", "recover only trials that meet a condition"))
                .map(RecoverySection::bound)
                .orElse(RecoveryBound.ALL),
            names.text(
                section,
                text("data", "training data: instruction rows, or a text").or(TextRef.WORDNET)),
            keeping(
                every,
                section,
                tuning(
                    section,
                    name -> names.projection(name, grid.models()),
                    section
                        .section(
                            object(
                                "validation",
                                "hold out rows, and keep the adapter with the lowest loss on them"))
                        .map(RecoverySection::validation)
                        .orElseGet(Tuning.Unvalidated::new))),
            method(
                trained,
                section
                    .section(
                        object(
                            "scratch",
                            "also train a model of the pruned shape from random weights"))
                    .map(RecoverySection::scratch)));
    checkPartOf("strategies", strategies, grid.strategies(), Labelled::label, section);
    checkPartOf("ratios", recovery.ratios(), grid.ratios(), BigDecimal::toPlainString, section);
    section.finish();
    return recovery;
  }

  /** With the adapter kept each time this many steps are done. */
  private static Tuning keeping(Optional<Integer> every, Section section, Tuning tuning) {
    if (every.isEmpty()) {
      return tuning;
    } else if (tuning.budget().steps().isEmpty()) {
      section.problem("evaluate-every", "needs 'steps', the end of the curve");
    } else if (tuning.validation() instanceof Tuning.EarlyStopping) {
      section.problem(
          "evaluate-every",
          "cannot be combined with 'validation.patience', which may stop the training earlier");
    }
    return tuning.keepingEvery(every.get());
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
                + ", which is not one of the sweep's "
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
      Values values, UnaryOperator<String> target, Tuning.Validation validation) {
    return new Tuning(
        values.get(label("template", Template.ALPACA, "prompt template of the rows")),
        values.get(flag("train-on-inputs", "train on prompts too, not only on answers")),
        values.list(TARGETS, target),
        budget(values),
        values.get(LEARNING_RATE),
        values.get(WARMUP),
        values.get(label("schedule", Schedule.LINEAR, "learning rate schedule after the warm-up")),
        values.get(WEIGHT_DECAY),
        values.get(RANK),
        values.get(
            number("alpha", "0", "1000000", 16, "the adapter's output is scaled by alpha / rank")),
        values.get(number("dropout", "0", "0.99", 0.05, "dropout of the adapter's input")),
        values.get(CUTOFF),
        validation,
        values.get(
            flag(
                "checkpointing",
                "gradient checkpointing: recompute activations; less memory, more time")),
        values.get(
            label(
                "precision",
                Precision.FLOAT32,
                "precision of the base's weights; `bfloat16` needs a GPU")),
        values
            .find(
                whole(
                    "rows",
                    1,
                    ALL,
                    "number of rows to train on, drawn with the seed; default: all"))
            .orElse(0),
        0);
  }

  private static Tuning.TrainingBudget budget(Values values) {
    int batch = values.get(BATCH);
    Optional<Integer> steps =
        values.find(
            whole("steps", 1, ALL, "number of optimizer steps; by default `epochs` determines it"));
    double epochs = values.get(number("epochs", "0.000001", "100000", 2, "passes over the data"));
    return new Tuning.TrainingBudget(
        steps
            .<Tuning.Length>map(given -> new Tuning.Steps(given, epochs))
            .orElseGet(() -> new Tuning.Epochs(epochs)),
        batch,
        values.get(microBatch(batch)));
  }

  /**
   * How many rows are computed as one batch.
   *
   * @param batch rows of a step
   */
  public static Key<Integer> microBatch(int batch) {
    return whole(
        "micro-batch",
        1,
        batch,
        Math.min(4, batch),
        "rows per forward and backward pass, at most `batch`");
  }

  private static Tuning.Validation validation(Section section) {
    Tuning.Validation validation =
        validation(section.get(ROWS), section.get(EVERY), section.find(PATIENCE));
    section.finish();
    return validation;
  }

  /**
   * Evaluations on rows that are held out.
   *
   * @param patience after how many without a lower loss the training ends, where it ends early
   */
  public static Tuning.Validation validation(int rows, int every, Optional<Integer> patience) {
    return patience
        .<Tuning.Validation>map(most -> new Tuning.EarlyStopping(rows, every, most))
        .orElseGet(() -> new Tuning.Validated(rows, every));
  }

  private static RecoveryBound bound(Section section) {
    Optional<Double> perplexity =
        section.find(
            Key.of(
                "perplexity",
                Kind.number("1", "1e300"),
                "highest perplexity of a pruned model that is still recovered"));
    Optional<Integer> top =
        section.find(
            whole(
                "top",
                1,
                ALL,
                "this many trials of each model and ratio, those with the lowest perplexity"));
    if (perplexity.isEmpty() && top.isEmpty()) {
      section.problem("perplexity", "is missing, and so is 'top'; give at least one of them");
    }
    section.finish();
    return new RecoveryBound(
        perplexity.orElse(RecoveryBound.ALL.perplexity()), top.orElse(RecoveryBound.ALL.top()));
  }

  private static Recovery.Method method(Trained trained, Optional<Scratch> scratch) {
    return switch (trained) {
      case LORA ->
          scratch.<Recovery.Method>map(Recovery.LoraAndScratch::new).orElseGet(Recovery.Lora::new);
      case SCRATCH -> scratch.orElseGet(() -> new Scratch(SCRATCH_RATE, SCRATCH_DECAY));
    };
  }

  private static Scratch scratch(Section section) {
    Scratch scratch =
        new Scratch(
            section.get(LEARNING_RATE.or(SCRATCH_RATE)),
            section.get(WEIGHT_DECAY.or(SCRATCH_DECAY)));
    section.finish();
    return scratch;
  }
}
