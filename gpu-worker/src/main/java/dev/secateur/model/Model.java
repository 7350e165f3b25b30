package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.text.Batch;

/** A decoder with its weights. */
public record Model(Decoder decoder, Weights weights) implements AutoCloseable {
  /** The forward pass on arrays: the batch's ids (B, T) -> logits (B, T, V) of {@code scope}. */
  public NDArray logits(NDManager scope, Batch batch) {
    return decoder.logits(new TensorOps(scope, this, batch.idRows()), batch.ids(scope));
  }

  @Override
  public void close() {
    weights.close();
  }
}
