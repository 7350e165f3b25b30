package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.LayerRange;
import dev.secateur.protocol.Aggregation;
import dev.secateur.protocol.CompensationMethod;
import dev.secateur.protocol.Criterion;
import dev.secateur.protocol.LayerSpan;
import dev.secateur.protocol.ModelRef;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.Strategy;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Blocks;
import dev.secateur.protocol.Target;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** The points of grids, before anything is planned for them. */
final class GridPoints {
  private GridPoints() {}

  /** The grid of a sweep, and those of its cases. */
  static List<SweepConfig> grids(SweepConfig config) {
    return Stream.concat(Stream.of(config), config.cases().stream())
        .filter(grid -> !grid.ratios().isEmpty() || !grid.recipes().isEmpty())
        .toList();
  }

  /** The points of one strategy in one range of a model's blocks. */
  static List<Point> of(SweepConfig grid, ModelRef model, Strategy strategy, Blocks blocks) {
    return all(grid, strategy, scope -> spans(grid, model, strategy, blocks, scope)).stream()
        .filter(point -> point.removesNothing() || point.exclusion().isEmpty())
        .map(point -> point.removesNothing() ? dense(model) : point)
        .toList();
  }

  /** Any point of one strategy in one range of a model's blocks. */
  static Point first(SweepConfig grid, ModelRef model, Strategy strategy, Blocks blocks) {
    return all(grid, strategy, scope -> spans(grid, model, strategy, blocks, scope)).get(0);
  }

  /** How many points make sense, of one model and one range of blocks. */
  static long count(SweepConfig grid) {
    return all(grid).stream()
        .filter(point -> point.removesNothing() || point.exclusion().isEmpty())
        .mapToLong(point -> compensations(grid, point).size())
        .sum();
  }

  /** How many of them a recovery is for. */
  static long count(SweepConfig grid, Recovery recovery) {
    return all(grid).stream()
        .filter(point -> point.removesNothing() || point.exclusion().isEmpty())
        .filter(point -> recovers(recovery, point))
        .count();
  }

  /** Why points make no sense, each reason once. */
  static List<String> exclusions(SweepConfig grid) {
    return all(grid).stream()
        .filter(point -> !point.removesNothing())
        .flatMap(
            point ->
                Stream.concat(
                    point.exclusion().stream(),
                    grid.compensations().stream()
                        .filter(method -> !method.suits(point.strategy()))
                        .map(
                            method ->
                                "compensation "
                                    + method.label()
                                    + " can't be combined with strategy "
                                    + point.strategy().label())))
        .distinct()
        .toList();
  }

  /** What may make up for what a point removes; nothing where it removes nothing. */
  static List<CompensationMethod> compensations(SweepConfig grid, Point point) {
    return point.removesNothing()
        ? List.of(CompensationMethod.NONE)
        : grid.compensations().stream().filter(method -> method.suits(point.strategy())).toList();
  }

  /** Whether a recovery is one of a point's trials. */
  static boolean recovers(Recovery recovery, Point point) {
    return recovery
        .settings()
        .filter(
            settings ->
                (point.removesNothing() || settings.strategies().contains(point.strategy()))
                    && (settings.ratios().isEmpty() || settings.ratios().contains(point.ratio())))
        .isPresent();
  }

  /** How often each point stands in a grid: for each seed, calibration and recovery. */
  static long repetitions(SweepConfig grid) {
    return (long) grid.seeds().size() * grid.calibrations().size() * grid.recoveries().size();
  }

  /** Where nothing goes, nothing else counts. */
  private static Point dense(ModelRef model) {
    LayerSpan all = new LayerSpan(0, model.layers());
    return new Point(
        Strategy.BLOCK,
        all,
        all,
        BigDecimal.ZERO,
        Criterion.RANDOM,
        Aggregation.SUM,
        Scope.LOCAL,
        Target.GROUP_RATIO,
        1);
  }

  private record Spans(LayerSpan attention, LayerSpan mlp) {}

  private static Spans spans(
      SweepConfig grid, ModelRef model, Strategy strategy, Blocks blocks, Scope scope) {
    return new Spans(
        LayerRange.of(blocks.attention(), model.layers(), strategy, scope, grid.uniform()),
        LayerRange.of(blocks.mlp(), model.layers(), strategy, scope, grid.uniform()));
  }

  private static List<Point> all(SweepConfig grid) {
    LayerSpan any = new LayerSpan(0, 1);
    return grid.strategies().stream()
        .flatMap(strategy -> all(grid, strategy, scope -> new Spans(any, any)).stream())
        .toList();
  }

  /** What units are ordered by. */
  private record Order(Criterion criterion, Aggregation aggregation) {}

  /** What a budget is spread over, and what it is a share of. */
  private record Spread(Scope scope, Target target) {}

  /** How often scores are estimated, and how many moves are measured. */
  private record Effort(int steps, int moves) {}

  private record Measure(Order order, Spread spread) {}

  private record Amount(Effort effort, BigDecimal ratio) {}

  private static List<Point> all(
      SweepConfig grid, Strategy strategy, Function<Scope, Spans> spans) {
    List<Order> orders = pairs(grid.criteria(), grid.aggregations(), Order::new);
    List<Spread> spreads = pairs(grid.scopes(), grid.targets(), Spread::new);
    List<Effort> efforts = pairs(grid.steps(), grid.climbings(), Effort::new);
    return pairs(
        pairs(orders, spreads, Measure::new),
        pairs(efforts, grid.ratios(), Amount::new),
        (measure, amount) -> point(grid, strategy, spans, measure, amount));
  }

  private static Point point(
      SweepConfig grid,
      Strategy strategy,
      Function<Scope, Spans> spans,
      Measure measure,
      Amount amount) {
    Spans own = spans.apply(measure.spread().scope());
    Point point =
        new Point(
                strategy,
                own.attention(),
                own.mlp(),
                amount.ratio(),
                measure.order().criterion(),
                measure.order().aggregation(),
                measure.spread().scope(),
                measure.spread().target(),
                amount.effort().steps())
            .climbing(amount.effort().moves());
    return grid.uniform() ? point.uniformly() : point;
  }

  /** Each of some with each of others, the last the fastest. */
  private static <A, B, P> List<P> pairs(List<A> some, List<B> others, BiFunction<A, B, P> pair) {
    return some.stream()
        .flatMap(one -> others.stream().map(other -> pair.apply(one, other)))
        .toList();
  }

  /** One of the trials of a point. */
  record Variant(CompensationMethod compensation, Recovery recovery, long seed) {}

  /**
   * The trials of a point, the seed the fastest.
   *
   * @param asked what the grid has at the point's place, which says what is recovered
   */
  static List<Variant> variants(SweepConfig grid, Point point, Point asked) {
    List<Variant> variants = new ArrayList<>();
    for (CompensationMethod method : compensations(grid, point)) {
      for (Recovery recovery : grid.recoveries()) {
        Recovery own = recovers(recovery, asked) ? recovery : new Recovery.Off();
        for (long seed : grid.seeds()) {
          variants.add(new Variant(method, own, seed));
        }
      }
    }
    return variants;
  }
}
