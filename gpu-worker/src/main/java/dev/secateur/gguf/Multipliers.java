package dev.secateur.gguf;

/**
 * What tensors are multiplied with, so that a graph that does not multiply as the model does
 * computes the same: Gemma that lost channels keeps the root of the width that it had, and
 * Granite's multipliers are none of LLaMA's.
 *
 * @param embedding of what the embedding gives
 * @param queries of attention's scores
 * @param blocks of what blocks add
 * @param logits of the logits
 * @param tied whether the embedding is the output layer too
 */
record Multipliers(double embedding, double queries, double blocks, double logits, boolean tied) {
  static final Multipliers NONE = new Multipliers(1, 1, 1, 1, false);

  /** One where it is so near that only rounding is between. */
  private static double rounded(double factor) {
    return Math.abs(factor - 1) < 1e-5 ? 1 : factor;
  }

  double of(String tensor) {
    if (tensor.equals(Names.EMBEDDING)) {
      return rounded(embedding);
    } else if (tensor.equals("output_norm.weight")) {
      return rounded(tied ? logits / embedding : logits);
    } else if (tensor.contains(".attn_q.")) {
      return rounded(queries);
    }
    boolean adds = tensor.contains(".attn_output.") || tensor.contains(".ffn_down.");
    return adds ? rounded(blocks) : 1;
  }
}
