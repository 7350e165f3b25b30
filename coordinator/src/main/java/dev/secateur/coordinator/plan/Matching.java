package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.Sources;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Blocks;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Gives trials the ratio that leaves as many parameters as another of the same model has. */
final class Matching {
  private final SweepConfig sweep;
  private final Sources sources;
  private final Map<List<Object>, BigDecimal> known = new HashMap<>();

  Matching(SweepConfig sweep, Sources sources) {
    this.sweep = sweep;
    this.sources = sources;
  }

  /** A point of the size that the sweep requires. */
  Point sized(SweepConfig grid, ModelRef model, Blocks blocks, Point point) {
    String match = sweep.match();
    if (match.isEmpty() || point.removesNothing()) {
      return point;
    }
    Optional<Strategy> strategy =
        Arrays.stream(Strategy.values()).filter(s -> s.label().equals(match)).findFirst();
    if (strategy.equals(Optional.of(point.strategy())) || grid.name().equals(match)) {
      return point;
    }
    Point reference =
        strategy
            .map(s -> ofStrategy(grid, model, blocks, s, point))
            .orElseGet(() -> named(grid, model, match));
    BigDecimal ratio =
        known.computeIfAbsent(
            List.of(model, size(reference), size(point)),
            key -> sources.matching(model, reference, point));
    return point.at(ratio);
  }

  /** The same of another strategy. */
  private static Point ofStrategy(
      SweepConfig grid, ModelRef model, Blocks blocks, Strategy strategy, Point point) {
    Point any = GridPoints.first(grid, model, strategy, blocks);
    Point same =
        new Point(
            strategy,
            any.attention(),
            any.mlp(),
            point.ratio(),
            Criterion.L1,
            point.aggregation(),
            point.scope(),
            point.target(),
            1);
    return any.uniform() ? same.uniformly() : same;
  }

  private Point named(SweepConfig grid, ModelRef model, String name) {
    SweepConfig named =
        sweep.cases().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    if (!named.blocks().containsKey(model.name())) {
      String place = grid.place().isEmpty() ? "" : grid.place() + ": ";
      throw new InputException(
          place + "'match' is trial '" + name + "', which is not of model '" + model.name() + "'");
    }
    return GridPoints.first(
        named, model, named.strategies().get(0), named.blocks().get(model.name()).get(0));
  }

  /** What the parameters of a pruned model depend on. */
  private static List<Object> size(Point point) {
    return List.of(
        point.strategy(),
        point.attention(),
        point.mlp(),
        point.ratio(),
        point.scope(),
        point.target(),
        point.uniform());
  }
}
