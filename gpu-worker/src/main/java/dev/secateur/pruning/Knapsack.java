package dev.secateur.pruning;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Distributes a budget over structures so that the sum of their losses is least: a multiple-choice
 * knapsack by dynamic programming over the budget (as ZipLM, arXiv 2302.04089, does with runtimes).
 *
 * <p>Savings are counted in quanta: the greatest common divisor of what units save, or, if that
 * would make too many quanta, what the cheapest unit saves; if the units of a structure save
 * different amounts, one. If all curves that may stop between two points save the same per unit, a
 * sum of piecewise linear curves has an optimum in which at most one of them does: two such curves
 * could exchange units at no loss until one reaches a point. So the program runs over points only,
 * leaving out each structure in turn, and that structure then takes its best count. If curves save
 * different amounts per unit, the solution is optimal up to the loss of one unit.
 */
public final class Knapsack {
  /** The most quanta that a budget is counted in. */
  private static final long QUANTA = 1 << 20;

  private final List<RemovalCurve> curves;
  private final boolean even;
  private final long quantum;
  private final long window;

  /** How many units go of each structure that loses any, what they cost and what they save. */
  public record Solution(Map<String, Integer> counts, double loss, long saved) {}

  /**
   * @param curves of structures, none twice
   */
  public Knapsack(List<RemovalCurve> curves) {
    this.curves = List.copyOf(curves);
    long divisor = 0;
    long total = 0;
    for (RemovalCurve curve : curves) {
      divisor = gcd(curve.saves(), divisor);
      total += curve.saved(curve.most());
    }
    this.even = curves.stream().allMatch(RemovalCurve::isEven);
    if (!even && total > QUANTA) {
      throw new IllegalArgumentException(
          total + " can be saved, of which no more than " + QUANTA + " can be counted one by one");
    }
    long cheapest = curves.stream().mapToLong(RemovalCurve::saves).min().orElse(1);
    this.quantum = !even ? 1 : total <= divisor * QUANTA ? Math.max(1, divisor) : cheapest;
    this.window =
        curves.stream()
            .filter(RemovalCurve::between)
            .mapToLong(RemovalCurve::saves)
            .max()
            .orElse(cheapest);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }

  /** The most that can be saved. */
  public long most() {
    return curves.stream().mapToLong(c -> c.saved(c.most())).sum();
  }

  /**
   * The solution of least loss that saves the budget, and less than a unit more where units are
   * that fine; among equals the one that saves least.
   *
   * @return nothing where the curves do not hold it
   */
  public Optional<Solution> solve(long budget) {
    if (budget > most()) {
      return Optional.empty();
    }
    int due = Math.toIntExact((Math.max(0, budget) + quantum - 1) / quantum);
    int end =
        even
            ? Math.toIntExact(Math.max(due + 1, due + window / quantum))
            : Math.toIntExact(most() + 1); // steps of a curve may save much at once
    Search search = new Search(due, end);
    search.without(0, curves.size(), start(end));
    if (search.best == null) { // units are coarser than the window
      int all = Math.toIntExact(most() / quantum) + 1;
      search = new Search(due, all);
      search.without(0, curves.size(), start(all));
    }
    LastChoice best = search.best;
    if (best == null) {
      return Optional.of(trimmed(all(), budget)); // by rounding to quanta
    }
    int[] counts = pointsOf(best);
    counts[best.curve()] = best.units();
    return Optional.of(trimmed(counts, budget));
  }

  private int[] all() {
    return curves.stream().mapToInt(RemovalCurve::most).toArray();
  }

  private static double[] start(int end) {
    double[] losses = new double[end];
    Arrays.fill(losses, Double.POSITIVE_INFINITY);
    losses[0] = 0;
    return losses;
  }

  /** How many quanta a count of a curve's units saves; no more than it does. */
  private long quanta(RemovalCurve curve, int units) {
    return curve.saved(units) / quantum;
  }

  /** Losses by quanta with one more curve, at any of its points. */
  private double[] with(RemovalCurve curve, double[] losses) {
    double[] sums = losses.clone();
    for (RemovalCurve.Point point : curve.points().subList(1, curve.points().size())) {
      long shift = quanta(curve, point.units());
      if (shift >= sums.length) {
        break;
      }
      int by = (int) shift;
      double loss = point.loss();
      for (int i = by; i < sums.length; i++) {
        double sum = losses[i - by] + loss;
        sums[i] = sum < sums[i] ? sum : sums[i];
      }
    }
    return sums;
  }

  /**
   * The structure that may stand between its points.
   *
   * @param others quanta that the others save
   */
  private record LastChoice(int curve, int units, int others, double loss, long quanta) {
    private boolean isBetterThan(LastChoice other) {
      return other == null || loss < other.loss || loss == other.loss && quanta < other.quanta;
    }
  }

  /** Looks at every structure as the one between its points. */
  private final class Search {
    private final int due;
    private final int end;
    private LastChoice best;

    private Search(int due, int end) {
      this.due = due;
      this.end = end;
    }

    /**
     * @param losses by quanta of all curves but those from {@code first} to before {@code last}
     */
    private void without(int first, int last, double[] losses) {
      if (last - first == 1) {
        finish(first, losses);
        return;
      }
      int middle = (first + last) / 2;
      double[] left = losses;
      for (RemovalCurve curve : curves.subList(middle, last)) {
        left = with(curve, left);
      }
      without(first, middle, left);
      double[] right = losses;
      for (RemovalCurve curve : curves.subList(first, middle)) {
        right = with(curve, right);
      }
      without(middle, last, right);
    }

    private void finish(int index, double[] losses) {
      if (even) {
        finishEvenly(index, losses);
        return;
      }
      int[] least = least(losses);
      RemovalCurve curve = curves.get(index);
      for (int units = 0; units >= 0; units = curve.above(units)) {
        int own = Math.toIntExact(quanta(curve, units));
        int others = least[Math.max(0, due - own)];
        double loss = losses[others] + curve.loss(units);
        LastChoice last = new LastChoice(index, units, others, loss, (long) own + others);
        if (Double.isFinite(loss) && last.isBetterThan(best)) {
          best = last;
        }
      }
    }

    /** Of each sum of quanta the sum from there on that loses least; of equals the smallest. */
    private static int[] least(double[] losses) {
      int[] least = new int[losses.length];
      int best = losses.length - 1;
      for (int sum = losses.length - 1; sum >= 0; sum--) {
        best = losses[sum] <= losses[best] ? sum : best;
        least[sum] = best;
      }
      return least;
    }

    /** Looks at those sums only that are less than a unit above what is due. */
    private void finishEvenly(int index, double[] losses) {
      RemovalCurve curve = curves.get(index);
      for (int units = 0; units >= 0; units = curve.above(units)) {
        long own = quanta(curve, units);
        double loss = curve.loss(units);
        for (long sum = Math.max(due, own); sum < end; sum++) {
          int others = (int) (sum - own);
          LastChoice last = new LastChoice(index, units, others, losses[others] + loss, sum);
          if (Double.isFinite(last.loss()) && last.isBetterThan(best)) {
            best = last;
          }
        }
      }
    }
  }

  /** The points of all curves but the last choice's that save what is left, at least loss. */
  private int[] pointsOf(LastChoice last) {
    byte[][] chosen = new byte[curves.size()][];
    double[] losses = start(last.others() + 1);
    for (int c = 0; c < curves.size(); c++) {
      if (c == last.curve()) {
        continue;
      }
      RemovalCurve curve = curves.get(c);
      double[] sums = losses.clone();
      byte[] choice = new byte[sums.length];
      if (curve.points().size() > 256) {
        throw new IllegalArgumentException("'" + curve.structure() + "' has more than 256 points");
      }
      for (int p = 1; p < curve.points().size(); p++) {
        long shift = quanta(curve, curve.points().get(p).units());
        double loss = curve.points().get(p).loss();
        for (int i = (int) Math.min(shift, sums.length); i < sums.length; i++) {
          double sum = losses[i - (int) shift] + loss;
          if (sum < sums[i]) {
            sums[i] = sum;
            choice[i] = (byte) p;
          }
        }
      }
      chosen[c] = choice;
      losses = sums;
    }
    int[] counts = new int[curves.size()];
    int left = last.others();
    for (int c = curves.size() - 1; c >= 0; c--) {
      if (c != last.curve()) {
        RemovalCurve curve = curves.get(c);
        counts[c] = curve.points().get(chosen[c][left] & 0xff).units();
        left -= (int) quanta(curve, counts[c]);
      }
    }
    return counts;
  }

  /** Gives units back while the budget holds, those first that lower the loss most. */
  private Solution trimmed(int[] counts, long budget) {
    long saved = saved(counts);
    int best = 0;
    while (best >= 0) {
      best = -1;
      double most = 0;
      for (int c = 0; c < counts.length; c++) {
        RemovalCurve curve = curves.get(c);
        int below = curve.below(counts[c]);
        if (below < 0 || saved - curve.saved(counts[c]) + curve.saved(below) < budget) {
          continue;
        }
        double gain = curve.loss(counts[c]) - curve.loss(below);
        if (gain > most) {
          most = gain;
          best = c;
        }
      }
      if (best >= 0) {
        int below = curves.get(best).below(counts[best]);
        saved += curves.get(best).saved(below) - curves.get(best).saved(counts[best]);
        counts[best] = below;
      }
    }
    Map<String, Integer> byName = new LinkedHashMap<>();
    double loss = 0;
    for (int c = 0; c < counts.length; c++) {
      loss += curves.get(c).loss(counts[c]);
      if (counts[c] > 0) {
        byName.put(curves.get(c).structure(), counts[c]);
      }
    }
    return new Solution(byName, loss, saved);
  }

  private long saved(int[] counts) {
    long saved = 0;
    for (int c = 0; c < counts.length; c++) {
      saved += curves.get(c).saved(counts[c]);
    }
    return saved;
  }
}
