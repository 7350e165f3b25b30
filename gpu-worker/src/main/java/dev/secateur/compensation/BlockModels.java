package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A block of the base and the same block in the pruned model.
 *
 * @param outputs the names of its output matrices, in order of execution
 * @param left the same in the pruned model
 */
record BlockModels(
    Model base, int block, List<String> outputs, Model pruned, int place, List<String> left) {

  /** A model's parameters, some of which are others. */
  static Function<String, NDArray> weights(Model model, Map<String, NDArray> others) {
    return name -> others.containsKey(name) ? others.get(name) : model.weights().get(name);
  }

  /** Frees weights that can be read again: solving needs none of them, and memory. */
  void letGo() {
    base.weights().letGo();
    pruned.weights().letGo();
  }

  /** What an inner matrix of the base reads, of a row of tokens. */
  InputPass wholeInput(NDManager scope, long[] row, NDArray input, InnerMatrices matrices) {
    return new InputPass(
            scope, base, base.weights()::get, row, matrices.first(), matrices.owner().isExpert())
        .run(base, block, input);
  }

  /** What one of the pruned model reads, behind those matrices that are refitted already. */
  InputPass cutInput(
      NDManager scope,
      long[] row,
      NDArray input,
      InnerMatrices matrices,
      Map<String, NDArray> refitted) {
    return new InputPass(
            scope,
            pruned,
            weights(pruned, refitted),
            row,
            matrices.first(),
            matrices.owner().isExpert())
        .run(pruned, place, input);
  }

  /**
   * The base's block up to a matrix, of a row of tokens.
   *
   * @param others parameters that it has instead of its own
   */
  BlockPass whole(
      NDManager scope,
      Map<String, NDArray> others,
      long[] row,
      NDArray input,
      int matrix,
      boolean toSum,
      Owner owner,
      Map<String, NDArray> given) {
    BlockPass pass =
        new BlockPass(
            scope,
            base,
            weights(base, others),
            row,
            outputs,
            outputs.get(matrix),
            toSum,
            owner,
            given);
    return pass.run(base, block, input);
  }

  /** The pruned block up to a matrix, with those matrices that are refitted already. */
  BlockPass cut(
      NDManager scope,
      long[] row,
      NDArray input,
      int matrix,
      boolean toSum,
      Owner owner,
      Map<String, NDArray> refitted) {
    BlockPass pass =
        new BlockPass(
            scope,
            pruned,
            weights(pruned, refitted),
            row,
            left,
            left.get(matrix),
            toSum,
            owner,
            Map.of());
    return pass.run(pruned, place, input);
  }
}
