package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.GradMode;
import dev.secateur.text.Batch;
import java.util.function.Function;

/** A decoder with its weights. */
public record Model(Decoder decoder, Weights weights) implements AutoCloseable {
  /**
   * The forward pass without gradients: the batch's ids (B, T) -> logits (B, T, V) of {@code
   * scope}. What a block computes in between is given back before the next begins.
   */
  public NDArray logits(NDManager scope, Batch batch) {
    long[][] rows = batch.idRows();
    try (NDManager local = scope.newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray x = inScope(local, ops -> decoder.embed(ops, batch.ids(local)), rows);
      for (int layer = 0; layer < decoder.layers(); layer++) {
        NDArray input = x;
        int block = layer;
        x = inScope(local, ops -> decoder.block(ops, input, block), rows);
        input.close();
      }
      NDArray residual = x;
      NDArray logits = inScope(local, ops -> decoder.head(ops, residual), rows);
      logits.attach(scope);
      return logits;
    }
  }

  private NDArray inScope(NDManager owner, Function<TensorOps, NDArray> section, long[][] rows) {
    try (NDManager scope = owner.newSubManager()) {
      NDArray result = section.apply(new TensorOps(scope, this, rows));
      result.attach(owner);
      return result;
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
