package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How many units a ratio removes, and in which order. */
public final class Ranking {
  private Ranking() {}

  /**
   * How many units go: of c channels c - floor(c (1 - ratio)), whole units of that, in exact
   * decimal arithmetic.
   *
   * @param ratio in [0, 1)
   */
  public static int unitsToRemove(CoupledStructure structure, BigDecimal ratio) {
    BigDecimal channels =
        BigDecimal.valueOf((long) structure.units() * structure.channelsPerUnit());
    BigDecimal kept =
        channels.multiply(BigDecimal.ONE.subtract(ratio)).setScale(0, RoundingMode.FLOOR);
    return channels.subtract(kept).intValueExact() / structure.channelsPerUnit();
  }

  /** Places in ascending order of their scores; among equals the lower place comes first. */
  public static List<Integer> ascending(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer place) -> scores[place]))
        .toList();
  }
}
