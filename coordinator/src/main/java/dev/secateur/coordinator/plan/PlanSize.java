package dev.secateur.coordinator.plan;

import dev.secateur.coordinator.config.Limits;
import dev.secateur.protocol.Export;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Recovery;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.SweepConfig;
import java.util.List;

/**
 * How large the plan of a configuration is, found before it is made: the journal writes it as one
 * event, which must fit into the heap.
 *
 * @param trials at most; layers that mean the same are counted twice
 * @param stages at most
 */
public record PlanSize(long trials, long stages) {
  /** What the heap needs for each trial and each stage while a plan is written, measured. */
  private static final long HEAP_BYTES_OF_EACH = 3 << 10;

  /** The size of a configuration's plan. */
  public static PlanSize of(SweepConfig config) {
    PlanSize size = new PlanSize(0, 0);
    for (SweepConfig grid : GridPoints.grids(config)) {
      size = size.plus(ofGrid(config, grid));
    }
    return size;
  }

  private static PlanSize ofGrid(SweepConfig config, SweepConfig grid) {
    long blocks = grid.blocks().values().stream().mapToLong(List::size).sum();
    long drawn = Limits.product(grid.seeds().size(), grid.calibrations().size());
    long shared =
        Limits.product(grid.strategies().size(), drawn, shared(grid), grid.criteria().size());
    long points = GridPoints.count(grid);
    long trials = Limits.product(blocks, points, GridPoints.repetitions(grid));
    long own = 0;
    for (Recovery recovery : grid.recoveries()) {
      long recovered = GridPoints.count(grid, recovery);
      own += points * own(config) + recovered * ofRecovery(config, recovery);
    }
    PlanSize size =
        new PlanSize(trials, Limits.product(blocks, 2 + shared + Limits.product(drawn, own)));
    return size.plus(ofRecipes(config, grid));
  }

  private static PlanSize ofRecipes(SweepConfig config, SweepConfig grid) {
    long recipes = Limits.product(grid.models().size(), grid.recipes().size(), grid.seeds().size());
    long own = 0;
    for (Recovery recovery : grid.recoveries()) {
      own += own(config) + ofRecovery(config, recovery);
    }
    return new PlanSize(
        Limits.product(recipes, grid.recoveries().size()), Limits.product(recipes, own));
  }

  private PlanSize plus(PlanSize other) {
    return new PlanSize(trials + other.trials, stages + other.stages);
  }

  /**
   * Of a criterion: the parts of its estimation, and what merges them; where scopes are measured,
   * whose layers are others, once more and for each aggregation the parts of a profile.
   */
  private static long shared(SweepConfig grid) {
    long parts = grid.calibrations().stream().mapToLong(c -> c.parts() + 1L).max().orElse(1);
    boolean measured = grid.scopes().contains(Scope.MEASURED);
    long each = grid.scopes().size() > 1 ? 2 : 1;
    return parts * (measured ? each + grid.aggregations().size() : 1);
  }

  /** How many stages a trial has beside those that it shares, where it is not recovered. */
  private static long own(SweepConfig config) {
    return (config.export() instanceof Export.Files ? 2 : 1) + evaluations(config);
  }

  /** How many more it has where it is recovered. */
  private static long ofRecovery(SweepConfig config, Recovery recovery) {
    long model = 1 + evaluations(config);
    return recovery
        .settings()
        .map(
            settings ->
                (settings.method().scratch().isPresent() ? 2 : 1) * model
                    + settings.tuning().kept())
        .orElse(0L);
  }

  /** Of each of its models. */
  private static long evaluations(SweepConfig config) {
    return 1L + config.texts().size();
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
