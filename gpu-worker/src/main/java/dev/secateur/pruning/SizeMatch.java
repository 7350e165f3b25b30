package dev.secateur.pruning;

import dev.secateur.discovery.CoupledStructure;
import dev.secateur.model.Decoder;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Point;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds the ratio at which one way of pruning leaves as many parameters as another. */
public final class SizeMatch {
  /** Ratios are looked for among multiples of a part in this many. */
  private static final int PARTS = 10_000;

  private final Decoder base;
  private final List<CoupledStructure> structures;
  private final Point point;
  private final Map<Integer, Long> known = new HashMap<>();

  private SizeMatch(Decoder base, List<CoupledStructure> structures, Point point) {
    this.base = base;
    this.structures = structures;
    this.point = point;
  }

  /**
   * Of the ratios whose number of parameters is the nearest the largest, which is the share that
   * really goes where all lose the same.
   *
   * @param structures all of the base's
   * @param reference whose parameters are wanted
   * @param point whose ratio counts nothing
   * @throws InputException when the reference removes more than its structures hold
   */
  public static BigDecimal ratio(
      Decoder base, List<CoupledStructure> structures, Point reference, Point point) {
    long wanted = parameters(base, structures, reference);
    return new SizeMatch(base, structures, point).nearest(wanted);
  }

  private static long parameters(Decoder base, List<CoupledStructure> structures, Point point) {
    PointPruning pruning = new PointPruning(base, structures, point);
    return pruning.parameters(pruning.counted());
  }

  private BigDecimal nearest(long wanted) {
    int more = first(wanted + 1);
    int fewer = more; // the first ratio that leaves no more than is wanted
    int part = fewer;
    if (fewer > 1 && (fewer == PARTS || left(fewer - 1) - wanted < wanted - left(fewer))) {
      part = fewer - 1;
    }
    int last = Math.max(part, first(left(part)) - 1);
    return BigDecimal.valueOf(last, 4).stripTrailingZeros();
  }

  /** The first part that leaves fewer parameters than this many; {@link #PARTS} where none does. */
  private int first(long parameters) {
    int low = 1;
    int high = PARTS;
    while (low < high) {
      int middle = (low + high) / 2;
      if (left(middle) < parameters) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** What a ratio leaves; less than anything where structures do not hold what is to go. */
  private long left(int part) {
    return known.computeIfAbsent(part, this::parameters);
  }

  private long parameters(int part) {
    try {
      return parameters(base, structures, point.at(BigDecimal.valueOf(part, 4)));
    } catch (InputException e) {
      return -1;
    }
  }
}
