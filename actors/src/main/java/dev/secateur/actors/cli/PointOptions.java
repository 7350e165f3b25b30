package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.LayerRange;
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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What is pruned, and how much of it. */
final class PointOptions {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,6})\\.\\.(\\d{1,6})");

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description = "block, channel, layer or ignore-dependencies.")
  Strategy strategy;

  @Option(
      names = "--ratio",
      paramLabel = "R",
      converter = Ratio.class,
      description = "The share of the target that goes, between 0 and 1.")
  BigDecimal ratio;

  @Option(
      names = "--layers",
      paramLabel = "A..B",
      converter = Span.class,
      description =
          "The blocks that may be pruned, the end excluded (default: all but the first eighth and"
              + " the last sixteenth; of the strategies layer and channel all).")
  private LayerSpan layers;

  @Option(
      names = "--attention-layers",
      paramLabel = "A..B",
      converter = Span.class,
      description = "The blocks whose heads may go, where they differ from --layers.")
  private LayerSpan attentionLayers;

  @Option(
      names = "--mlp-layers",
      paramLabel = "A..B",
      converter = Span.class,
      description = "The blocks whose MLP channels may go, where they differ from --layers.")
  private LayerSpan mlpLayers;

  @Option(
      names = "--scope",
      paramLabel = "NAME",
      description = "local: each structure loses the same share; global: all units compete.",
      defaultValue = "local")
  Scope scope;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      description =
          "What the ratio is a share of: group-ratio, or the whole model's parameters or macs.",
      defaultValue = "group-ratio")
  Target target;

  static final class Ratio implements ITypeConverter<BigDecimal> {
    @Override
    public BigDecimal convert(String text) {
      return Labels.ratio(text);
    }
  }

  static final class Span implements ITypeConverter<LayerSpan> {
    @Override
    public LayerSpan convert(String text) {
      Matcher span = SPAN.matcher(text);
      if (!span.matches()) {
        throw new TypeConversionException(
            "'" + text + "' is no range of layers such as 4..30, the end excluded");
      }
      return new LayerSpan(Integer.parseInt(span.group(1)), Integer.parseInt(span.group(2)));
    }
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
    if (!criterion.suits(strategy)) {
      throw new InputException(
          "the criterion '"
              + criterion.label()
              + "' scores no units of the strategy '"
              + strategy.label()
              + "'");
    }
    if (strategy == Strategy.IGNORE_DEPENDENCIES && (steps > 1 || target == Target.MACS)) {
      throw new InputException(
          "the strategy 'ignore-dependencies' masks, in one step, and saves no macs");
    }
    LayerSpan both = span(layers, count);
    return new Point(
        strategy,
        attentionLayers == null ? both : span(attentionLayers, count),
        mlpLayers == null ? both : span(mlpLayers, count),
        ratio,
        criterion,
        aggregation,
        scope,
        target,
        steps);
  }

  private LayerSpan span(LayerSpan given, int count) {
    Layers asked =
        given == null
            ? new Layers(Optional.empty(), Optional.empty())
            : new Layers(Optional.of(given.first()), Optional.of(given.end()));
    LayerSpan span = LayerRange.of(asked, count, strategy);
    boolean fits = LayerRange.fits(span, count);
    if (!fits && given == null) {
      throw new InputException(
          "the model has " + count + " layers, too few to keep some whole; give --layers A..B");
    } else if (!fits) {
      throw new InputException(
          "the layers "
              + given.first()
              + ".."
              + given.end()
              + " are no range of the model, which has "
              + count
              + " layers");
    }
    return span;
  }
}
