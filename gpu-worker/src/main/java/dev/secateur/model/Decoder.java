package dev.secateur.model;

import java.util.List;

/**
 * A decoder-only language model as its checkpoint's config describes it: which parameters it has,
 * and its forward pass in three parts, so that gradients can be taken part by part.
 */
public interface Decoder {
  /** The {@code model_type} of the config. */
  String family();

  /** The number of blocks. */
  int layers();

  /** The width of one head, K. */
  int headWidth();

  /** Every parameter with the shape that the config gives it; a tied parameter once. */
  List<ParameterShape> parameters();

  /** Token ids (B, T) -> residual stream (B, T, D). */
  <T> T embed(Ops<T> ops, T ids);

  /** One block: (B, T, D) -> (B, T, D). */
  <T> T block(Ops<T> ops, T residual, int layer);

  /** Residual stream (B, T, D) -> logits (B, T, V). */
  <T> T head(Ops<T> ops, T residual);

  /** The whole forward pass: ids (B, T) -> logits (B, T, V). */
  default <T> T logits(Ops<T> ops, T ids) {
    T residual = embed(ops, ids);
    for (int layer = 0; layer < layers(); layer++) {
      residual = block(ops, residual, layer);
    }
    return head(ops, residual);
  }
}
