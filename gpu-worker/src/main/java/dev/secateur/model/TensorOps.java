package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.secateur.tensor.Kernels;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The forward pass on arrays. All results belong to one scope, which its owner closes when the
 * pass, and the gradient that may follow it, are done.
 */
public class TensorOps implements Ops<NDArray> {
  protected final Kernels kernels = Kernels.get();
  protected final NDManager scope;
  private final Function<String, NDArray> parameters;
  private final Map<RopeTable, NDArray[]> ropeTables = new HashMap<>();

  private record RopeTable(Rope rope, long tokens) {}

  /**
   * @param scope owner of every result
   * @param parameters a parameter by its name; asked at each use, in order of execution
   */
  public TensorOps(NDManager scope, Function<String, NDArray> parameters) {
    this.scope = scope;
    this.parameters = parameters;
  }

  @Override
  public NDArray embedding(NDArray ids, String name) {
    return kernels.embedding(scope, ids, parameters.apply(name + ".weight"));
  }

  @Override
  public NDArray linear(NDArray x, Linear layer) {
    NDArray weight = parameters.apply(layer.weight());
    return layer.bias()
        ? kernels.linear(scope, x, weight, parameters.apply(layer.biasName()))
        : kernels.linear(scope, x, weight);
  }

  @Override
  public NDArray rmsNorm(NDArray x, String name, double eps) {
    return kernels.rmsNorm(scope, x, parameters.apply(name + ".weight"), eps);
  }

  @Override
  public NDArray heads(NDArray x, int headWidth) {
    return kernels.heads(scope, x, headWidth);
  }

  @Override
  public NDArray merge(NDArray x) {
    return kernels.merge(scope, x);
  }

  @Override
  public NDArray rope(NDArray x, Rope rope) {
    long tokens = x.getShape().get(2);
    NDArray[] table =
        ropeTables.computeIfAbsent(new RopeTable(rope, tokens), key -> ropeTable(rope, tokens));
    return kernels.rope(scope, x, table[0], table[1]);
  }

  /** Cosines and sines (T, K) of position times K/2 frequencies, the frequencies written twice. */
  private NDArray[] ropeTable(Rope rope, long tokens) {
    int half = rope.width() / 2;
    float[] cos = new float[(int) tokens * rope.width()];
    float[] sin = new float[cos.length];
    for (int position = 0; position < tokens; position++) {
      for (int i = 0; i < rope.width(); i++) {
        float frequency = (float) Math.pow(rope.theta(), -2.0 * (i % half) / rope.width());
        cos[position * rope.width() + i] = (float) Math.cos(position * frequency);
        sin[position * rope.width() + i] = (float) Math.sin(position * frequency);
      }
    }
    Shape shape = new Shape(tokens, rope.width());
    return new NDArray[] {
      scope.create(cos, shape).duplicate(), scope.create(sin, shape).duplicate()
    };
  }

  @Override
  public NDArray attention(NDArray q, NDArray k, NDArray v, double scale) {
    return kernels.attention(scope, q, k, v, scale);
  }

  @Override
  public NDArray silu(NDArray x) {
    return kernels.silu(scope, x);
  }

  @Override
  public NDArray add(NDArray a, NDArray b) {
    return kernels.add(scope, a, b);
  }

  @Override
  public NDArray mul(NDArray a, NDArray b) {
    return kernels.mul(scope, a, b);
  }
}
