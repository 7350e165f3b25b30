package dev.secateur.coordinator.config;

import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig.Layers;

/** The blocks of a model that a strategy may prune. */
public final class LayerRange {
  private LayerRange() {}

  /**
   * What a configuration requests. By default block pruning keeps the first eighth and the last
   * sixteenth of the layers whole, at least one each; the layer strategy may remove any, and
   * experts may go from any; channels go through all. Where profiles say what each layer can do
   * without, or widths stay uniform, none is kept by default.
   *
   * @param count the model's layers
   */
  public static LayerSpan of(
      Layers layers, int count, Strategy strategy, Scope scope, boolean uniform) {
    boolean any = scope == Scope.MEASURED || uniform && strategy.narrowsBlocks();
    return switch (strategy) {
      case CHANNEL -> new LayerSpan(0, count);
      case LAYER, EXPERT -> layers.or(new LayerSpan(0, count));
      case BLOCK, BLOCK_SHARED, IGNORE_DEPENDENCIES ->
          layers.or(
              any
                  ? new LayerSpan(0, count)
                  : new LayerSpan(Math.max(1, count / 8), count - Math.max(1, count / 16)));
    };
  }

  /** Whether widths stay uniform where these blocks are pruned, or need not. */
  public static boolean suits(LayerSpan span, int count, Strategy strategy, boolean uniform) {
    return !uniform || !strategy.narrowsBlocks() || span.equals(new LayerSpan(0, count));
  }

  /** As above, of a scope that keeps some layers whole by default. */
  public static LayerSpan of(Layers layers, int count, Strategy strategy) {
    return of(layers, count, strategy, Scope.LOCAL, false);
  }

  /** Whether there is a block in the range and all of it lies in a model of that many layers. */
  public static boolean fits(LayerSpan span, int count) {
    return span.first() >= 0 && span.first() < span.end() && span.end() <= count;
  }
}
