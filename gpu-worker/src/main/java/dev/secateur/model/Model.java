package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** A decoder with its weights. */
public record Model(Decoder decoder, Weights weights) implements AutoCloseable {
  /** The forward pass on arrays: ids (B, T) -> logits (B, T, V), owned by {@code scope}. */
  public NDArray logits(NDManager scope, NDArray ids) {
    return decoder.logits(new TensorOps(scope, weights::get), ids);
  }

  @Override
  public void close() {
    weights.close();
  }
}
