package dev.secateur.compensation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Model;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A block of the base and what is left of it in the pruned model.
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

  /** The base's block up to a matrix, of a row of tokens. */
  BlockPass whole(
      NDManager scope,
      long[] row,
      NDArray input,
      int matrix,
      boolean toSum,
      OptionalInt expert,
      Map<String, NDArray> given) {
    BlockPass pass =
        new BlockPass(
            scope,
            base,
            base.weights()::get,
            row,
            outputs,
            outputs.get(matrix),
            toSum,
            expert,
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
      OptionalInt expert,
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
            expert,
            Map.of());
    return pass.run(pruned, place, input);
  }
}
