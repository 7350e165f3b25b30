package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import dev.secateur.tensor.Kernels;
import dev.secateur.tensor.LinearAlgebraKernels;
import dev.secateur.tensor.RemovalKernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The order in which the input units of a matrix are removed, so that its output changes least
 * while the remaining inputs compensate for the removed ones: Optimal Brain Surgeon (Hassibi and
 * Stork, NIPS 1993) on the inputs of one matrix, as Optimal Brain Compression (arXiv 2208.11580)
 * and, for structures, ZipLM (arXiv 2302.04089) do. With H = G + rho mean(diag G) I and V = H^-1,
 * removing the inputs r changes the outputs by tr(A_r (V_rr)^-1 A_r^T) in sum of squares, A and V
 * are updated, and the next units are chosen. The resulting weights are not used.
 */
final class GreedyRemoval {
  private static final Kernels KERNELS = Kernels.get();
  private static final LinearAlgebraKernels ALGEBRA = LinearAlgebraKernels.get();
  private static final RemovalKernels REMOVAL = RemovalKernels.get();

  private final int width;
  private final int batch;
  private final List<Integer> order = new ArrayList<>();
  private final List<Double> losses = new ArrayList<>();

  /**
   * @param width inputs of a unit, which stand side by side
   * @param batch how many units go before the next ones are chosen
   */
  GreedyRemoval(int width, int batch) {
    this.width = width;
    this.batch = batch;
  }

  /**
   * All units in the order in which they go.
   *
   * @param losses what each adds to the sum over tokens of |A z|^2; units that go together share
   *     what they add together in proportion to what each would alone
   */
  record Order(int[] units, double[] losses) {
    /**
     * A score of each unit, which ranks units in this order and means loss: what the unit adds,
     * where this never falls, and the mean of as many as it takes where it does (isotonic
     * regression by pooling of adjacent violators). So a threshold on the scores of several
     * structures takes prefixes of their orders, the best ones for what it takes.
     *
     * @param factor that losses are multiplied with
     */
    double[] scores(double factor) {
      double[] sums = new double[units.length];
      int[] sizes = new int[units.length];
      int pools = 0;
      for (double loss : losses) {
        sums[pools] = loss * factor;
        sizes[pools++] = 1;
        while (pools > 1
            && sums[pools - 2] / sizes[pools - 2] > sums[pools - 1] / sizes[pools - 1]) {
          sums[pools - 2] += sums[pools - 1];
          sizes[pools - 2] += sizes[pools - 1];
          pools--;
        }
      }
      double[] scores = new double[units.length];
      int place = 0;
      double last = Double.NEGATIVE_INFINITY;
      for (int pool = 0; pool < pools; pool++) {
        for (int i = 0; i < sizes[pool]; i++, place++) {
          double score = Math.max(last, sums[pool] / sizes[pool]);
          boolean falls = place > 0 && units[place] < units[place - 1];
          last = score == last && falls ? Math.nextUp(score) : score; // among equals lower ones go
          scores[units[place]] = last;
        }
      }
      return scores;
    }
  }

  /**
   * The order of all units. Units that no token makes active go first and cost nothing.
   *
   * @param matrix A (p, f) of float64: the weight, its rows weighted; closed
   * @param gram G = sum z z^T (f, f) of float64; H and its inverse take its place; closed
   * @param rho the ridge, relative to the mean of G's diagonal; above 0
   */
  Order of(NDArray matrix, NDArray gram, double rho) {
    try (NDManager scope = matrix.getManager().newSubManager()) {
      double[] diagonal = HostArrays.doubles(ALGEBRA.diagonal(scope, gram));
      double mean = Arrays.stream(diagonal).average().orElse(0);
      int units = diagonal.length / width;
      if (mean == 0) {
        return new Order(IntStream.range(0, units).toArray(), new double[units]);
      }
      double[] ridge = new double[diagonal.length];
      Arrays.fill(ridge, rho * mean);
      ALGEBRA.addToDiagonal(gram, HostArrays.of(scope, ridge));
      ALGEBRA.factorInPlace(gram);
      ALGEBRA.invertInPlace(gram);
      remove(new Left(matrix, gram, all(diagonal)), scope);
      return new Order(
          order.stream().mapToInt(Integer::intValue).toArray(),
          losses.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  /**
   * A unit that A and V still have, at its place in the list.
   *
   * @param idle whether no token makes it active
   */
  private record Unit(int number, boolean idle) {}

  private List<Unit> all(double[] diagonal) {
    return IntStream.range(0, diagonal.length / width)
        .mapToObj(
            unit ->
                new Unit(
                    unit,
                    IntStream.range(unit * width, (unit + 1) * width)
                        .allMatch(input -> diagonal[input] == 0)))
        .toList();
  }

  /** A and V, and the units of their places, gone ones among them. */
  private record Left(NDArray matrix, NDArray inverse, List<Unit> units) {}

  private void remove(Left whole, NDManager scope) {
    Left left = whole;
    Set<Integer> gone = new HashSet<>();
    while (order.size() < whole.units().size()) {
      double[] scores = scores(left, scope);
      List<Integer> next = next(left, scores, gone);
      take(left, next, scores);
      gone.addAll(next);
      boolean shrinks = width > 1 || 2 * gone.size() >= left.units().size();
      if (shrinks && order.size() < whole.units().size()) {
        left = shrunk(left, gone, scope);
        gone.clear();
      }
    }
  }

  private double[] scores(Left left, NDManager scope) {
    try (NDManager local = scope.newSubManager()) {
      return HostArrays.doubles(REMOVAL.scores(local, left.matrix(), left.inverse(), width));
    }
  }

  /** The places of the units of lowest score, the lower unit of equals first. */
  private List<Integer> next(Left left, double[] scores, Set<Integer> gone) {
    return IntStream.range(0, scores.length)
        .boxed()
        .filter(place -> !gone.contains(place))
        .sorted(
            Comparator.comparingDouble(place -> left.units().get(place).idle() ? 0 : scores[place]))
        .limit(batch)
        .toList();
  }

  private void take(Left left, List<Integer> places, double[] scores) {
    long[] inputs = places.stream().flatMapToLong(this::inputs).toArray();
    double together = REMOVAL.remove(left.matrix(), left.inverse(), inputs);
    double apart = 0;
    for (int place : places) {
      if (left.units().get(place).idle()) {
        together -= scores[place]; // nothing of V connects it with other inputs
      } else {
        apart += scores[place];
      }
    }
    for (int place : places) {
      Unit unit = left.units().get(place);
      order.add(unit.number());
      losses.add(unit.idle() || apart == 0 ? 0 : Math.max(0, together) * scores[place] / apart);
    }
  }

  private LongStream inputs(int place) {
    return LongStream.range((long) place * width, (place + 1L) * width);
  }

  private Left shrunk(Left left, Set<Integer> gone, NDManager scope) {
    List<Integer> kept =
        IntStream.range(0, left.units().size()).boxed().filter(p -> !gone.contains(p)).toList();
    long[] inputs = kept.stream().flatMapToLong(this::inputs).toArray();
    NDArray inverse = ALGEBRA.submatrix(scope, left.inverse(), inputs);
    left.inverse().close();
    NDArray matrix = KERNELS.select(scope, left.matrix(), 1, inputs);
    left.matrix().close();
    return new Left(matrix, inverse, kept.stream().map(left.units()::get).toList());
  }
}
