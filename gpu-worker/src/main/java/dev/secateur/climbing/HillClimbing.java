package dev.secateur.climbing;

import dev.secateur.compensation.PrunedDivergence;
import dev.secateur.discovery.CoupledStructure;
import dev.secateur.discovery.CoupledStructure.Kind;
import dev.secateur.estimation.Profiles;
import dev.secateur.model.Batch;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Samples;
import dev.secateur.pruning.PointPruning;
import dev.secateur.pruning.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Improves an allocation by moves of removed units between structures (stochastic hill climbing):
 * each is measured on the whole pruned model, refitted as compensation will refit it, and kept if
 * the divergence from the base falls. Profiles measure one structure at a time and can't see how
 * structures interact; this can.
 */
public final class HillClimbing {
  private final PointPruning pruning;
  private final Map<String, int[]> orders;
  private final Map<String, Integer> start;
  private final PrunedDivergence divergence;
  private final int trials;
  private final long seed;

  /** Told of a climb's state, before each move is measured and at the end; may throw to end it. */
  @FunctionalInterface
  public interface ProgressListener {
    void at(Climb climb);
  }

  /**
   * @param orders of each structure its units, the first to go first
   * @param start the allocation that profiles give
   * @param trials how many moves are measured
   * @param seed of the moves that are drawn
   */
  public HillClimbing(
      PointPruning pruning,
      Map<String, int[]> orders,
      Map<String, Integer> start,
      PrunedDivergence divergence,
      int trials,
      long seed) {
    this.pruning = pruning;
    this.orders = orders;
    this.start = start;
    this.divergence = divergence;
    this.trials = trials;
    this.seed = seed;
  }

  /**
   * @throws InputException when there are too few samples to climb by
   */
  public static void check(Batch samples) {
    check((long) samples.rows() * samples.tokens());
  }

  /**
   * @param tokens of all calibration samples
   * @throws InputException when they are too few to climb by
   */
  public static void check(long tokens) {
    if (tokens < Samples.LEAST_TO_CLIMB) {
      throw new InputException(
          ("climbing measures moves on the calibration samples, which are %d tokens; with"
                  + " fewer than %d the allocation overfits to them and the model gets worse: give"
                  + " more or longer samples, or remove climbing")
              .formatted(tokens, Samples.LEAST_TO_CLIMB));
    }
  }

  /**
   * Climbs to the end.
   *
   * @param from where an interrupted climb was
   */
  public Climb run(Optional<Climb> from, ProgressListener progress) {
    Moves moves = new Moves(structures(), pruning.budget(), start);
    Climb climb = from.orElseGet(() -> Climb.start(start, measured(start)));
    progress.at(climb);
    while (climb.tried() < trials) {
      Optional<Move> next = climb.next(moves, seed);
      if (next.isEmpty()) {
        break;
      }
      climb = climb.after(moves, next.get(), measured(moves.after(climb.counts(), next.get())));
      progress.at(climb);
    }
    return climb;
  }

  private double measured(Map<String, Integer> counts) {
    Recipe recipe = pruning.allocated(orders, counts, Map.of(), Map.of());
    return divergence.of(recipe);
  }

  private List<Moves.Structure> structures() {
    Map<String, Long> savings = pruning.savings();
    List<Moves.Structure> structures = new ArrayList<>();
    for (CoupledStructure structure : pruning.eligible()) {
      Long saves = savings.get(structure.name());
      if (saves != null) {
        int[] levels = Profiles.levels(structure);
        structures.add(
            new Moves.Structure(
                structure.name(),
                structure.kind() != Kind.ATTENTION,
                structure.units(),
                levels[levels.length - 1],
                saves));
      }
    }
    return structures;
  }
}
