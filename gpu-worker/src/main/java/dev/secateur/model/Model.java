package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.protocol.Precision;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** A decoder with its weights. */
public record Model(Decoder decoder, Weights weights) implements AutoCloseable {
  /**
   * The forward pass without gradients: the batch's ids (B, T) -> logits (B, T, V) of {@code
   * scope}. What a block computes in between is given back before the next begins.
   */
  public NDArray logits(NDManager scope, Batch batch) {
    return logits(scope, batch.ids(scope), Layout.of(batch.idRows()));
  }

  /** As {@link #logits(NDManager, Batch)}, of tokens that see each other as the layout says. */
  public NDArray logits(NDManager scope, NDArray ids, Layout layout) {
    try (NDManager local = scope.newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray x = inScope(local, ops -> decoder.embed(ops, ids), layout);
      for (int layer = 0; layer < decoder.layers(); layer++) {
        NDArray input = x;
        int block = layer;
        x = inScope(local, ops -> decoder.block(ops, input, block), layout);
        input.close();
      }
      NDArray residual = x;
      NDArray logits = inScope(local, ops -> decoder.head(ops, residual), layout);
      logits.attach(scope);
      return logits;
    }
  }

  private NDArray inScope(NDManager owner, Function<TensorOps, NDArray> section, Layout layout) {
    try (NDManager scope = owner.newSubManager()) {
      NDArray result = section.apply(new TensorOps(scope, this, weights::get, layout));
      result.attach(owner);
      return result;
    }
  }

  /** A copy whose weights are held so; its constants stay as they are. */
  public Model held(Precision precision) {
    NDManager owner = NDManager.newBaseManager(weights.manager().getDevice());
    Kernels kernels = Kernels.get();
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (GradMode mode = GradMode.off()) {
      weights
          .arrays()
          .forEach(
              (name, array) ->
                  arrays.put(
                      name,
                      precision == Precision.BFLOAT16
                          ? kernels.bfloat16(owner, array)
                          : kernels.scale(owner, array, 1)));
    }
    return new Model(decoder, new Weights(owner, arrays, decoder.constants()));
  }

  @Override
  public void close() {
    weights.close();
  }
}
