package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A model's parameters as arrays on one device, float32 mostly; closing it frees them. */
public final class Weights implements AutoCloseable {
  private final NDManager manager;
  private final Map<String, NDArray> arrays;
  private final Map<String, NDArray> constants;

  /**
   * @param manager owner of the arrays, closed with this object
   * @param constants the decoder's constants by name
   */
  public Weights(NDManager manager, Map<String, NDArray> arrays, Map<String, double[]> constants) {
    this.manager = manager;
    this.arrays = Collections.unmodifiableMap(new LinkedHashMap<>(arrays));
    Map<String, NDArray> made = new HashMap<>();
    constants.forEach((name, values) -> made.put(name, array(manager, values)));
    this.constants = Map.copyOf(made);
  }

  private static NDArray array(NDManager manager, double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    try (NDArray array = manager.create(floats)) {
      return array.duplicate();
    }
  }

  /**
   * A parameter or a constant.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public NDArray get(String name) {
    NDArray array = arrays.getOrDefault(name, constants.get(name));
    if (array == null) {
      throw new IllegalArgumentException("no parameter '" + name + "'");
    }
    return array;
  }

  /** Every parameter by name, in the order of the checkpoint's family. */
  public Map<String, NDArray> arrays() {
    return arrays;
  }

  /** The owner of the arrays; a scope for work on them is a sub-manager of it. */
  public NDManager manager() {
    return manager;
  }

  /** The number of elements of all parameters. */
  public long elements() {
    return arrays.values().stream().mapToLong(NDArray::size).sum();
  }

  @Override
  public void close() {
    manager.close();
  }
}
