package dev.secateur.recovery;

import java.util.List;

/**
 * Low-rank adaptation (arXiv 2106.09685): y = W x + (alpha / rank) B A dropout(x).
 *
 * @param rank rows of A
 * @param targets the last parts of the names of the layers that get an adapter, such as {@code
 *     q_proj}
 */
public record LoraSettings(int rank, double alpha, double dropout, List<String> targets) {
  /** The projections of LLaMA's blocks. */
  public static final List<String> LLAMA_PROJECTIONS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  /** What the low-rank path is multiplied with. */
  public double scale() {
    return alpha / rank;
  }

  /** Whether a layer of that name gets an adapter. */
  public boolean covers(String layer) {
    return targets.contains(layer.substring(layer.lastIndexOf('.') + 1));
  }
}
