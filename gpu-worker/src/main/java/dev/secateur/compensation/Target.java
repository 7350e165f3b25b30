package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.Kernels;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an output matrix of the pruned model reads, and what it should write.
 *
 * @param index which of the block's output matrices
 * @param matrix the base's
 * @param stream tau
 * @param loses whether it loses inputs
 * @param refitted matrices of the block that are fitted so far, by parameter
 * @param whole the same of the base, where it runs on the pruned model's stream: its inner matrices
 */
record Target(
    BlockModels models,
    int index,
    OutputMatrix matrix,
    double stream,
    boolean loses,
    Map<String, NDArray> refitted,
    Map<String, NDArray> whole) {

  /**
   * @param read z~, (..., k)
   * @param wanted T with the bias, (..., h)
   */
  record Tokens(NDArray read, NDArray wanted) {}

  /**
   * Of one sample; nothing where the matrix is of an expert that no token chooses.
   *
   * @param dense the base's stream before the block
   * @param pruned the pruned model's
   */
  Optional<Tokens> of(NDManager scope, long[] row, NDArray dense, NDArray pruned) {
    Kernels kernels = Kernels.get();
    boolean toSum = stream > 0;
    BlockPass cut = models.cut(scope, row, pruned, index, toSum, matrix.owner(), refitted);
    if (!cut.hasTokens()) {
      return Optional.empty();
    }
    NDArray wanted = kernels.scale(scope, own(scope, row, pruned, cut), 1 - stream);
    if (toSum) {
      BlockPass other =
          models.whole(scope, Map.of(), row, dense, index, true, matrix.owner(), Map.of());
      NDArray written = other.written(models.outputs().get(index)); // W z + b
      kernels.accumulate(wanted, written, stream);
      double share = stream / matrix.scale();
      kernels.accumulate(wanted, other.beside(), share); // tau e
      kernels.accumulate(wanted, cut.beside(), -share);
    }
    return Optional.of(new Tokens(cut.read(), wanted));
  }

  /** W z~ + b: what the whole structure would write where the pruned one is. */
  private NDArray own(NDManager scope, long[] row, NDArray pruned, BlockPass cut) {
    if (!loses) {
      return cut.written(models.left().get(index));
    }
    Map<String, NDArray> before = new HashMap<>();
    for (int i = 0; i < index; i++) {
      String left = models.left().get(i);
      if (cut.hasRun(left)) { // no other expert has
        before.put(models.outputs().get(i), cut.written(left));
      }
    }
    return models
        .whole(scope, whole, row, pruned, index, false, matrix.owner(), before)
        .written(models.outputs().get(index));
  }
}
