package dev.secateur.model;

/**
 * What a model's forward pass is written in. An interpreter decides what {@code T} is: an array, a
 * list of symbolic axes, a shape with a bill of costs.
 *
 * <p>Letters: B batch, T tokens, D residual width, H query heads, G key/value heads, K head width,
 * V vocabulary. No operation takes a width that pruning can change: widths follow from the
 * parameters, so that the same forward pass runs the whole and the pruned model.
 */
public interface Ops<T> {
  /** A table's rows: ids (B, T), parameter {@code name.weight} (V, D) -> (B, T, D). */
  T embedding(T ids, String name);

  /** The layer's affine map: (..., in) -> (..., out). */
  T linear(T x, Linear layer);

  /**
   * Root mean square normalisation with the parameter {@code name.weight} (arXiv 1910.07467): (B,
   * T, D) -> (B, T, D).
   */
  T rmsNorm(T x, String name, double eps);

  /** (B, T, H*K) -> (B, H, T, K). */
  T heads(T x, int headWidth);

  /** (B, H, T, K) -> (B, T, H*K). */
  T merge(T x);

  /** Rotary positions on the last axis: (B, H, T, K) -> (B, H, T, K). */
  T rope(T x, Rope rope);

  /**
   * Causal softmax(q k' scale) v: q (B, H, T, K), k and v (B, G, T, K) -> (B, H, T, K). Query head
   * h reads key/value head h / (H/G).
   */
  T attention(T q, T k, T v, double scale);

  /** x * sigmoid(x), element by element. */
  T silu(T x);

  /** Element by element. */
  T add(T a, T b);

  /** Element by element. */
  T mul(T a, T b);

  /**
   * An affine map by name.
   *
   * @param name its weight is {@code name.weight} (out, in) and its bias {@code name.bias} (out)
   */
  record Linear(String name, boolean bias) {
    public String weight() {
      return name + ".weight";
    }

    public String biasName() {
      return name + ".bias";
    }
  }

  /**
   * Rotary position embedding (arXiv 2104.09864), rotating the halves of a head.
   *
   * @param theta the base of the wave lengths
   * @param width K, the width that is rotated
   */
  record Rope(double theta, int width) {}
}
