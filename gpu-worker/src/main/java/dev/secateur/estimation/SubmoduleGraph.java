package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A submodule's computation on a batch, with its graph.
 *
 * @param scope owner of all of it
 * @param leaves of the parameters whose gradients are asked for, by name, in order of use
 */
record SubmoduleGraph(NDManager scope, NDArray input, NDArray output, Map<String, NDArray> leaves) {

  /**
   * Runs a submodule and records it.
   *
   * @param input of the submodule, which becomes a leaf unless it is token ids
   * @param wanted parameters whose gradients are asked for
   */
  static SubmoduleGraph of(
      Model model, int submodule, Batch batch, NDArray input, Set<String> wanted, NDManager scope) {
    try (GradMode mode = GradMode.recording()) {
      Kernels kernels = Kernels.get();
      Submodules submodules = new Submodules(model);
      Map<String, NDArray> leaves = new LinkedHashMap<>();
      NDArray from = submodule == 0 ? input : kernels.leaf(scope, input);
      NDArray output =
          submodules.run(
              submodule,
              from,
              submodules.opsWith(
                  scope,
                  batch,
                  name -> {
                    NDArray weight = model.weights().get(name);
                    return wanted.contains(name)
                        ? leaves.computeIfAbsent(name, n -> kernels.leaf(scope, weight))
                        : weight;
                  }));
      return new SubmoduleGraph(scope, from, output, leaves);
    }
  }

  /** An input whose submodule is computed again when its gradients are due. */
  static SubmoduleGraph of(NDArray input, NDManager scope) {
    return new SubmoduleGraph(scope, input, input, Map.of());
  }
}
