package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.HostArrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A model's parameters on one device, usually float32, wherever they are kept: all of them as
 * arrays ({@link ResidentWeights}), or one submodule's at a time ({@link SubmoduleWeights}).
 * Closing it frees them. Used by one thread at a time.
 */
public abstract class Weights implements AutoCloseable {
  private final NDManager manager;
  private final Map<String, NDArray> constants;

  /**
   * @param manager owner of the arrays, closed with this object
   * @param constants the decoder's constants by name
   */
  Weights(NDManager manager, Map<String, double[]> constants) {
    this.manager = manager;
    Map<String, NDArray> made = new HashMap<>();
    constants.forEach((name, values) -> made.put(name, array(manager, values)));
    this.constants = Map.copyOf(made);
  }

  private static NDArray array(NDManager manager, double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return HostArrays.of(manager, floats);
  }

  /**
   * A parameter or a constant, until one of another submodule is asked for.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public final NDArray get(String name) {
    NDArray array = constants.get(name);
    if (array != null) {
      return array;
    }
    if (!has(name)) {
      throw new IllegalArgumentException("no parameter '" + name + "'");
    }
    return parameter(name);
  }

  /** A parameter that there is. */
  protected abstract NDArray parameter(String name);

  /** Whether there is a parameter of that name. */
  public final boolean has(String name) {
    return shapes().containsKey(name);
  }

  /** Every parameter's shape by its name, in the order of the checkpoint's family. */
  public abstract Map<String, List<Long>> shapes();

  /** All parameters as they are kept, valid until this is closed. */
  public abstract ParameterSource source();

  /**
   * Whether only one submodule's parameters are there at a time, so that passes go by submodules.
   */
  public abstract boolean isSubmoduleed();

  /**
   * How many inputs of a walk may go through a submodule together; one where all weights are held.
   */
  public abstract InputsAtOnce inputsAtOnce();

  /** The same kind of weights of another model, whose parameters come from {@code source}. */
  abstract Weights like(Decoder decoder, ParameterSource source);

  /**
   * Every parameter as an array, by name.
   *
   * @throws IllegalStateException where they are not all held
   */
  public Map<String, NDArray> arrays() {
    throw new IllegalStateException("the weights are not all held");
  }

  /** The owner of the arrays; a scope for work on them is a sub-manager of it. */
  public final NDManager manager() {
    return manager;
  }

  /** The number of elements of all parameters. */
  public final long elements() {
    return shapes().values().stream()
        .mapToLong(shape -> shape.stream().reduce(1L, Math::multiplyExact))
        .sum();
  }

  /**
   * Frees what is held of a submodule and can be read again, before other work that needs memory.
   * Arrays that were asked for are gone with it.
   */
  public void letGo() {}

  @Override
  public void close() {
    manager.close();
  }
}
