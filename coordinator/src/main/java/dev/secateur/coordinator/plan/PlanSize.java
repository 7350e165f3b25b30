package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.Limits;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import dev.secateur.protocol.SweepConfig;
import java.util.List;
import java.util.function.Predicate;

/**
 * How large the plan of a configuration is, found before it is made: the journal writes it as one
 * event, for which Java's memory needs room.
 *
 * @param trials at most; layers that mean the same are counted twice
 * @param stages at most
 */
public record PlanSize(long trials, long stages) {
  /** What the heap needs for each trial and each stage while a plan is written, measured. */
  private static final long HEAP_BYTES_OF_EACH = 3 << 10;

  /** The size of a configuration's plan. */
  public static PlanSize of(SweepConfig config) {
    List<Point> points = SweepPlanner.points(config);
    long grids = Limits.product(config.models().size(), config.layers().size());
    long shared = Limits.product(config.strategies().size(), SweepPlanner.sharedStages(config));
    Predicate<Point> recovered = SweepPlanner.recovered(config);
    long own =
        points.stream()
            .mapToLong(point -> SweepPlanner.ownStages(config, recovered.test(point)))
            .sum();
    long recipes = Limits.product(config.models().size(), config.recipes().size());
    return new PlanSize(
        Limits.product(grids, points.size()) + recipes,
        Limits.product(grids, shared + own)
            + Limits.product(recipes, SweepPlanner.ownStages(config, true)));
  }

  /**
   * @param heap the most bytes that Java's heap may have
   * @throws InputException when there are more trials and stages than it has room for
   */
  public void check(long heap) {
    long each = trials + stages;
    long most = heap / HEAP_BYTES_OF_EACH;
    if (each > most) {
      throw new InputException(
          String.format(
              "the sweep has %,d trials and %,d stages, together more than the %,d that this"
                  + " coordinator's Java heap of %,d MiB has room for; split it, or start the"
                  + " coordinator with SECATEUR_JAVA_OPTIONS=-Xmx%dg",
              trials, stages, most, heap >> 20, 1 + ((each * HEAP_BYTES_OF_EACH) >> 30)));
    }
  }
}
