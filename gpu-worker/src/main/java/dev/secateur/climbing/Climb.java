package dev.secateur.climbing;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * The state of a climb. The next move depends only on this and the seed, so that an interrupted
 * climb ends like an uninterrupted one.
 *
 * @param tried moves that were measured
 * @param kept moves that lowered the loss
 * @param counts how many units are removed from each structure that loses any, at the lowest loss
 *     so far
 * @param first the loss before any move, in nats
 * @param loss the lowest so far
 * @param last the move that was measured last, absent if the next is drawn
 * @param lowered whether that move lowered the loss
 */
public record Climb(
    int tried,
    int kept,
    Map<String, Integer> counts,
    double first,
    double loss,
    @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Move> last,
    boolean lowered) {
  /** Keeps seeds of trials apart that follow each other. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  public Climb {
    counts = new TreeMap<>(counts);
  }

  /** Before any move. */
  static Climb start(Map<String, Integer> counts, double loss) {
    return new Climb(0, 0, counts, loss, loss, Optional.empty(), false);
  }

  /**
   * What is tried next: after a move that lowered the loss the same again, after one that was drawn
   * and did not the way back, else one that is drawn. Nothing where there is none.
   */
  Optional<Move> next(Moves moves, long seed) {
    return last.map(move -> lowered ? move : move.reversed())
        .filter(move -> moves.allows(counts, move))
        .or(() -> moves.draw(counts, new Random(seed * STEP + tried)));
  }

  /** What it came to, in words. */
  public String summary() {
    return String.format(
        Locale.ROOT,
        "%d moves measured, %d kept, divergence %.6f to %.6f nats",
        tried,
        kept,
        first,
        loss);
  }

  /** After a move was measured. */
  Climb after(Moves moves, Move move, double measured) {
    boolean lower = measured < loss;
    boolean follows = last.filter(l -> move.equals(lowered ? l : l.reversed())).isPresent();
    return new Climb(
        tried + 1,
        kept + (lower ? 1 : 0),
        lower ? moves.after(counts, move) : counts,
        first,
        lower ? measured : loss,
        lower || !follows ? Optional.of(move) : Optional.empty(),
        lower);
  }
}
