package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Climbing;
import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.LayerRange;
import dev.secateur.coordinator.config.SweepConfigReader;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig.Layers;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options for what is pruned, and how much of it. */
final class PointOptions {
  private static final Key<Scope> SCOPE = SweepConfigReader.SCOPES.as("scope");
  private static final Key<Target> TARGET = SweepConfigReader.TARGETS.as("target");

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description = "block, channel, layer, expert, block-shared or ignore-dependencies.")
  Strategy strategy;

  @Option(
      names = "--ratio",
      paramLabel = "R",
      converter = Ratio.class,
      description = "Share of the target to remove, between 0 and 1.")
  BigDecimal ratio;

  @Option(
      names = "--layers",
      paramLabel = "A..B",
      converter = Span.class,
      description =
          "Blocks that may be pruned, the end excluded (default: all but the first eighth and"
              + " the last sixteenth; all for the strategies layer, channel and expert).")
  private LayerSpan layers;

  @Option(
      names = "--attention-layers",
      paramLabel = "A..B",
      converter = Span.class,
      description = "Blocks whose attention heads may be pruned, if these differ from --layers.")
  private LayerSpan attentionLayers;

  @Option(
      names = "--mlp-layers",
      paramLabel = "A..B",
      converter = Span.class,
      description =
          "Blocks whose MLP channels or experts may be pruned, if these differ from --layers.")
  private LayerSpan mlpLayers;

  private static final Key<Integer> CLIMBING = Climbing.MOVES.as("climbing");

  @Mixin
  private KeyOptions spread = KeyOptions.of(SCOPE, TARGET, SweepConfigReader.UNIFORM, CLIMBING);

  static final class Ratio implements ITypeConverter<BigDecimal> {
    @Override
    public BigDecimal convert(String text) {
      return Labels.ratio(text);
    }
  }

  static final class Span implements ITypeConverter<LayerSpan> {
    @Override
    public LayerSpan convert(String text) {
      return LayerSpan.parse(text)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + text + "' is not a range of layers such as 4..30, the end excluded"));
    }
  }

  Scope scope() {
    return spread.get(SCOPE);
  }

  private boolean uniform() {
    return spread.get(SweepConfigReader.UNIFORM);
  }

  /**
   * The point of the grid that the options describe.
   *
   * @param count the model's layers
   * @throws InputException when a range lies beyond the model, or options contradict each other
   */
  Point point(int count, Criterion criterion, Aggregation aggregation, int steps) {
    if (strategy == null || ratio == null) {
      throw new InputException("give --strategy and --ratio");
    }
    LayerSpan both = span(layers, count);
    Point point =
        new Point(
                strategy,
                attentionLayers == null ? both : span(attentionLayers, count),
                mlpLayers == null ? both : span(mlpLayers, count),
                ratio,
                criterion,
                aggregation,
                scope(),
                spread.get(TARGET),
                steps)
            .climbing(spread.get(CLIMBING));
    if (uniform()) {
      point = point.uniformly();
    }
    point
        .exclusion()
        .ifPresent(
            why -> {
              throw new InputException(why);
            });
    return point;
  }

  private LayerSpan span(LayerSpan given, int count) {
    Layers asked = given == null ? Layers.DEFAULT : Layers.of(given);
    LayerSpan span = LayerRange.of(asked, count, strategy, scope(), uniform());
    boolean fits = LayerRange.fits(span, count);
    if (!fits && given == null) {
      throw new InputException(
          "the model has " + count + " layers, too few to leave some unpruned; give --layers A..B");
    } else if (!fits) {
      throw new InputException(
          "the layers "
              + given.first()
              + ".."
              + given.end()
              + " are not a range of the model, which has "
              + count
              + " layers");
    } else if (!LayerRange.suits(span, count, strategy, uniform())) {
      throw new InputException(
          ("the layers %d..%d are not all %d of the model, but --uniform prunes all of them;"
                  + " remove one of the two")
              .formatted(span.first(), span.end(), count));
    }
    return span;
  }
}
