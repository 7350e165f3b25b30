package dev.secateur.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;

/** The parameters of the lowest validation loss so far. */
final class Best {
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();
  private double loss = Double.POSITIVE_INFINITY;
  private int step;
  private int misses;

  /**
   * @param manager owner of the copies
   */
  Best(Map<String, NDArray> parameters, NDManager manager) {
    parameters.forEach((name, array) -> arrays.put(name, Kernels.get().scale(manager, array, 1)));
  }

  /** Keeps the parameters where their loss is lower than any before. */
  void offer(double found, int at, Map<String, NDArray> parameters) {
    if (found < loss) {
      loss = found;
      step = at;
      misses = 0;
      parameters.forEach((name, array) -> Kernels.get().write(arrays.get(name), 0, array));
    } else {
      misses++;
    }
  }

  /** Puts the best into the parameters, where there was any evaluation. */
  void restore(Map<String, NDArray> parameters) {
    if (step > 0) {
      parameters.forEach((name, array) -> Kernels.get().write(array, 0, arrays.get(name)));
    }
  }

  Map<String, NDArray> arrays() {
    return arrays;
  }

  /** Loss, step and evaluations since. */
  double[] record() {
    return new double[] {loss, step, misses};
  }

  void recall(double[] record) {
    loss = record[0];
    step = (int) record[1];
    misses = (int) record[2];
  }

  double loss() {
    return loss;
  }

  int step() {
    return step;
  }

  int misses() {
    return misses;
  }
}
