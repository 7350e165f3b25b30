package dev.secateur.estimation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The slow oracle of {@link GreedyRemoval}: before each choice the Hessian of the inputs that are
 * left is inverted anew and the matrix refitted from the whole one; nothing is carried along.
 */
final class DenseRemoval {
  private final double[][] matrix;
  private final double[][] hessian;
  private final boolean[] idle;
  private final int width;

  private DenseRemoval(double[][] a, double[][] gram, double rho, int width) {
    this.width = width;
    double mean = IntStream.range(0, gram.length).mapToDouble(i -> gram[i][i]).average().orElse(0);
    hessian = copy(gram);
    idle = new boolean[gram.length];
    matrix = copy(a);
    for (int i = 0; i < gram.length; i++) {
      hessian[i][i] += rho * mean;
      idle[i] = gram[i][i] == 0;
      for (double[] row : matrix) {
        row[i] = idle[i] ? 0 : row[i]; // which nothing is read through
      }
    }
  }

  /**
   * @param order of units
   * @param errors the least sum of squares, with the ridge, after each batch
   */
  record Result(List<Integer> order, List<Double> errors) {}

  static Result of(double[][] a, double[][] gram, double rho, int width, int batch) {
    return new DenseRemoval(a, gram, rho, width).run(batch);
  }

  private Result run(int batch) {
    List<Integer> order = new ArrayList<>();
    List<Double> errors = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    IntStream.range(0, hessian.length / width).forEach(left::add);
    double error = 0;
    while (!left.isEmpty()) {
      int[] kept = inputs(left);
      int[] gone = inputs(order);
      double[][] inverse = inverse(part(hessian, kept, kept));
      double[][] refitted = part(matrix, all(matrix.length), kept);
      if (gone.length > 0) {
        double[][] moved = product(part(hessian, gone, kept), inverse);
        double[][] more = product(part(matrix, all(matrix.length), gone), moved);
        for (int i = 0; i < refitted.length; i++) {
          for (int j = 0; j < kept.length; j++) {
            refitted[i][j] += more[i][j];
          }
        }
      }
      Map<Integer, Double> scores = new HashMap<>();
      for (int place = 0; place < left.size(); place++) {
        scores.put(left.get(place), score(refitted, inverse, List.of(place)));
      }
      List<Integer> next =
          left.stream().sorted(Comparator.comparingDouble(scores::get)).limit(batch).toList();
      error += score(refitted, inverse, next.stream().map(left::indexOf).toList());
      order.addAll(next);
      errors.add(error);
      left.removeAll(next);
    }
    return new Result(order, errors);
  }

  /** tr(W_u (V_uu)^-1 W_u^T) of the units at some places. */
  private double score(double[][] refitted, double[][] inverse, List<Integer> places) {
    int[] at = inputs(places);
    double[][] own = inverse(part(inverse, at, at));
    double score = 0;
    for (double[] row : refitted) {
      for (int i = 0; i < at.length; i++) {
        for (int j = 0; j < at.length; j++) {
          score += row[at[i]] * own[i][j] * row[at[j]];
        }
      }
    }
    return score;
  }

  private int[] inputs(List<Integer> units) {
    return units.stream()
        .flatMapToInt(unit -> IntStream.range(unit * width, (unit + 1) * width))
        .toArray();
  }

  private static int[] all(int count) {
    return IntStream.range(0, count).toArray();
  }

  private static double[][] copy(double[][] x) {
    return IntStream.range(0, x.length).mapToObj(i -> x[i].clone()).toArray(double[][]::new);
  }

  private static double[][] part(double[][] x, int[] rows, int[] columns) {
    double[][] part = new double[rows.length][columns.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        part[i][j] = x[rows[i]][columns[j]];
      }
    }
    return part;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] product = new double[a.length][b[0].length];
    for (int i = 0; i < a.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < b[0].length; j++) {
          product[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return product;
  }

  /** By Gauss and Jordan, of a positive definite matrix. */
  private static double[][] inverse(double[][] x) {
    int n = x.length;
    double[][] left = copy(x);
    double[][] right = new double[n][n];
    for (int i = 0; i < n; i++) {
      right[i][i] = 1;
    }
    for (int column = 0; column < n; column++) {
      double pivot = left[column][column];
      for (int k = 0; k < n; k++) {
        left[column][k] /= pivot;
        right[column][k] /= pivot;
      }
      for (int row = 0; row < n; row++) {
        double factor = left[row][column];
        for (int k = 0; row != column && k < n; k++) {
          left[row][k] -= factor * left[column][k];
          right[row][k] -= factor * right[column][k];
        }
      }
    }
    return right;
  }
}
