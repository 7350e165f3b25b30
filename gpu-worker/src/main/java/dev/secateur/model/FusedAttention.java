package dev.secateur.model;

import dev.secateur.model.Ops.Attention;
import dev.secateur.model.Ops.Linear;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Attention whose fused projection holds the query, key and value of a head one after the other,
 * head by head, as BLOOM, GPT-NeoX and GLM store it.
 */
final class FusedAttention {
  private FusedAttention() {}

  /**
   * @param rotate what happens to queries and keys: (B, H, T, K)
   */
  static <T> T read(
      Ops<T> ops,
      T x,
      Linear fused,
      Linear output,
      int headWidth,
      Attention attention,
      UnaryOperator<T> rotate) {
    T heads = ops.heads(ops.linear(x, fused), 3 * headWidth); // (B, H, T, 3*K)
    List<T> parts = ops.split(heads, 1, 1, 1); // 3 x (B, H, T, K)
    T q = rotate.apply(parts.get(0));
    T k = rotate.apply(parts.get(1));
    T read = ops.attention(q, k, parts.get(2), attention); // (B, H, T, K)
    return ops.linear(ops.merge(read), output); // (B, T, H*K) -> (B, T, D)
  }
}
