package dev.secateur.climbing;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
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
 * @param lead what the moves before say about the next
 */
public record Climb(
    int tried,
    int kept,
    Map<String, Integer> counts,
    double first,
    double loss,
    @JsonUnwrapped Lead lead) {
  /** Keeps seeds of trials apart that follow each other. */
  private static final long STEP = 0x9E3779B97F4A7C15L;

  public Climb {
    counts = new TreeMap<>(counts);
  }

  /** Before any move. */
  static Climb start(Map<String, Integer> counts, double loss) {
    return new Climb(0, 0, counts, loss, loss, new Draw());
  }

  /**
   * What the moves before say about the next; written as the last move, left out where the next is
   * drawn, and whether it lowered the loss.
   */
  @JsonPropertyOrder({"last", "lowered"})
  public sealed interface Lead {
    /** The move that is tried next, where it is allowed; nothing if one is drawn. */
    Optional<Move> followUp();

    @JsonCreator
    private static Lead read(
        @JsonProperty("last") Move last, @JsonProperty("lowered") boolean lowered) {
      if (last == null) {
        return new Draw();
      }
      return lowered ? new Repeat(last) : new Reverse(last);
    }
  }

  /** The next is drawn: it is the first, or a repeated or reversed move did not lower the loss. */
  public record Draw() implements Lead {
    @Override
    public Optional<Move> followUp() {
      return Optional.empty();
    }

    @JsonProperty
    boolean lowered() {
      return false; // as it is written
    }
  }

  /** The move is repeated, since it lowered the loss. */
  public record Repeat(@JsonProperty("last") Move move) implements Lead {
    @Override
    public Optional<Move> followUp() {
      return Optional.of(move);
    }

    @JsonProperty
    boolean lowered() {
      return true;
    }
  }

  /** The move is reversed, since it was drawn and did not lower the loss. */
  public record Reverse(@JsonProperty("last") Move move) implements Lead {
    @Override
    public Optional<Move> followUp() {
      return Optional.of(move.reversed());
    }

    @JsonProperty
    boolean lowered() {
      return false;
    }
  }

  /**
   * What is tried next: after a move that lowered the loss the same again, after one that was drawn
   * and did not the way back, else one that is drawn. Nothing where there is none.
   */
  Optional<Move> next(Moves moves, long seed) {
    return lead.followUp()
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
    boolean follows = lead.followUp().filter(move::equals).isPresent();
    return new Climb(
        tried + 1,
        kept + (lower ? 1 : 0),
        lower ? moves.after(counts, move) : counts,
        first,
        lower ? measured : loss,
        lower ? new Repeat(move) : follows ? new Draw() : new Reverse(move));
  }
}
