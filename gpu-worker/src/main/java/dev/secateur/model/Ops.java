package dev.secateur.model;

import java.util.List;

/**
 * The operations that a model's forward pass is written in. An interpreter decides what {@code T}
 * is: an array, a list of symbolic axes, or a shape with its costs.
 *
 * <p>Letters: B batch, T tokens, D residual width, H query heads, G key/value heads, K head width,
 * V vocabulary. No operation takes a width that pruning can change: widths follow from the
 * parameters, so that the same forward pass runs the whole and the pruned model.
 */
public interface Ops<T> {
  /** A table's rows: ids (B, T), parameter {@code name.weight} (V, D) -> (B, T, D). */
  T embedding(T ids, String name);

  /**
   * Learned positions: rows {@code offset} onwards of the parameter {@code name.weight}, one to a
   * token: ids (B, T) -> (1, T, D).
   */
  T positions(T ids, String name, int offset);

  /** The layer's affine map: (..., in) -> (..., out). */
  T linear(T x, Linear layer);

  /**
   * Root mean square normalisation of the last axis (arXiv 1910.07467) with the parameter {@code
   * name.weight}, to which {@code shift} is added: (..., D) -> (..., D).
   */
  T rmsNorm(T x, String name, double eps, double shift);

  /**
   * Layer normalisation (arXiv 1607.06450) with the parameters {@code name.weight} and {@code
   * name.bias}: (..., D) -> (..., D).
   */
  T layerNorm(T x, String name, double eps);

  /** (B, T, H*K) -> (B, H, T, K). */
  T heads(T x, int headWidth);

  /** (B, H, T, K) -> (B, T, H*K). */
  T merge(T x);

  /**
   * Cuts the last axis into parts that stand to each other as the proportions; fused projections
   * are taken apart so.
   */
  List<T> split(T x, int... proportions);

  /** Joins two values along the last axis, undoing a split in equal parts. */
  T join(T a, T b);

  /** Rotary positions on the last axis: (B, H, T, K) -> (B, H, T, K). */
  T rope(T x, Rope rope);

  /**
   * softmax(q k' scale + mask) v: q (B, H, T, K), k and v (B, G, T, K) -> (B, H, T, K). Query head
   * h reads key/value head h / (H/G).
   */
  T attention(T q, T k, T v, Attention attention);

  /** Element by element. */
  T activation(T x, Activation activation);

  /** Element by element; an axis of one entry is repeated. */
  T add(T a, T b);

  /** Element by element. */
  T mul(T a, T b);

  /** x * factor. */
  T scale(T x, double factor);

  /** cap * tanh(x / cap). */
  T softcap(T x, double cap);

  /** Element by element, no less than {@code low} and no more than {@code high}. */
  T clamp(T x, double low, double high);

  /**
   * The entries of the last axis in turn: the first, third, ... and the second, fourth, ...: (...,
   * 2 F) -> (..., F) twice.
   */
  List<T> alternating(T x);

  /**
   * A mixture of experts (arXiv 1701.06538): the experts of a token's highest logits compute it,
   * and their outputs are added, each times its probability: x (B, T, D), logits (B, T, E) -> (B,
   * T, D). E is as many experts as there are logits.
   */
  T mixture(T x, T logits, Mixture mixture, Expert<T> expert);

  /**
   * An affine map of the expert that is computed, out of parameters that hold all experts': (N, in)
   * -> (N, out). Only within a {@link #mixture}.
   */
  T stacked(T x, Stacked layer, int expert);

  /** What an expert computes of the tokens that it is given: (N, D) -> (N, D). */
  @FunctionalInterface
  interface Expert<T> {
    T of(int expert, T x);
  }

  /**
   * How a block's tokens are shared out among its experts.
   *
   * @param layer the block
   * @param router the name of the affine map that gives the logits
   * @param perToken how many experts compute a token
   * @param normalised whether the probabilities of those add up to one; else they are what they are
   *     among those of all experts
   */
  record Mixture(int layer, String router, int perToken, boolean normalised) {}

  /**
   * The affine maps of all experts in one: the weight {@code name} (E, in, out) and the bias {@code
   * name_bias} (E, out).
   */
  record Stacked(String name) {
    public String biasName() {
      return name + "_bias";
    }
  }

  /** Functions of one element. */
  enum Activation {
    /** x * sigmoid(x). */
    SILU,
    /** x * Phi(x) with the error function. */
    GELU,
    /** x * Phi(x) by the tanh approximation. */
    GELU_TANH,
    /** x * sigmoid(1.702 x). */
    GELU_SIGMOID,
    RELU
  }

  /**
   * An affine map by name.
   *
   * @param name its weight is {@code name.weight} and its bias {@code name.bias} (out)
   * @param transposed whether the weight is stored (in, out), as GPT-2 does, rather than (out, in)
   */
  record Linear(String name, boolean bias, boolean transposed) {
    public Linear(String name, boolean bias) {
      this(name, bias, false);
    }

    public String weight() {
      return name + ".weight";
    }

    public String biasName() {
      return name + ".bias";
    }

    /** The dimension of the weight that the map reads. */
    public int in() {
      return transposed ? 0 : 1;
    }

    /** The dimension of the weight that the map writes. */
    public int out() {
      return transposed ? 1 : 0;
    }
  }

  /**
   * How attention masks and weighs.
   *
   * @param scale what scores are multiplied with
   * @param window how many tokens back a token sees, itself included; 0 for all
   * @param softcap bound of the scores (arXiv 2408.00118); 0 for none
   * @param slopes name of the constant (H) that linear biases are made of (ALiBi, arXiv
   *     2108.12409); empty for none
   * @param prefixEnd the token before whose first occurrence all tokens of a row see each other; -1
   *     for none
   * @param sinks name of the parameter (H) that has a score for each head which takes part in the
   *     softmax and reads nothing; empty for none
   */
  record Attention(
      double scale, int window, double softcap, String slopes, long prefixEnd, String sinks) {
    /** Plain causal attention. */
    public static Attention causal(double scale) {
      return new Attention(scale, 0, 0, "", -1, "");
    }

    public Attention windowed(int tokens) {
      return new Attention(scale, tokens, softcap, slopes, prefixEnd, sinks);
    }

    public Attention capped(double cap) {
      return new Attention(scale, window, cap, slopes, prefixEnd, sinks);
    }

    public Attention biased(String constant) {
      return new Attention(scale, window, softcap, constant, prefixEnd, sinks);
    }

    public Attention seeingPrefix(long end) {
      return new Attention(scale, window, softcap, slopes, end, sinks);
    }

    public Attention sinking(String parameter) {
      return new Attention(scale, window, softcap, slopes, prefixEnd, parameter);
    }
  }
}
