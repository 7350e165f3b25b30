package dev.secateur.coordinator.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;

/**
 * The position of a trial in the grid, as results show it.
 *
 * @param uniform whether all blocks keep equal widths
 * @param climbing how many moves between structures are measured
 * @param layers the blocks that could be pruned, the end excluded
 */
public record GridPoint(
    Strategy strategy,
    BigDecimal ratio,
    Criterion criterion,
    Aggregation aggregation,
    Scope scope,
    Target target,
    int steps,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean uniform,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) int climbing,
    String layers) {

  static GridPoint of(Point point) {
    return new GridPoint(
        point.strategy(),
        point.ratio(),
        point.criterion(),
        point.aggregation(),
        point.scope(),
        point.target(),
        point.steps(),
        point.uniform(),
        point.climbing(),
        layers(point));
  }

  private static String layers(Point point) {
    String attention = point.attention().first() + ".." + point.attention().end();
    String mlp = point.mlp().first() + ".." + point.mlp().end();
    boolean both = attention.equals(mlp) || point.strategy() == Strategy.LAYER;
    return both ? attention : "attention " + attention + ", mlp " + mlp;
  }

  /** Whether nothing goes: the dense model. */
  public boolean removesNothing() {
    return ratio.signum() == 0;
  }

  /** Its strategy, or that it has none. */
  public String way() {
    return removesNothing() ? "dense" : strategy.label();
  }
}
