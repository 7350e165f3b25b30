package dev.secateur.gguf;

/**
 * Factors of tensors, with which a graph with other multipliers computes the same as the model:
 * Gemma that lost channels keeps the square root of its original width, and LLaMA's graph lacks
 * Granite's multipliers.
 *
 * @param embedding of the embedding's output
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
