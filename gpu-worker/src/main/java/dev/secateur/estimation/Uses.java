package dev.secateur.estimation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Batch;
import dev.secateur.model.Model;
import dev.secateur.model.TensorOps;
import dev.secateur.tensor.GradMode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which sections of a pass use the parameters that are asked about.
 *
 * @param counts in how many sections each is used, a tied one in two
 * @param lowest the first section that uses any
 */
record Uses(Map<String, Integer> counts, int lowest) {

  /**
   * Runs the pass to see.
   *
   * @param batch something small to run it on
   * @throws IllegalStateException when one of the parameters is never used
   */
  static Uses of(Model model, Sections sections, Batch batch, Set<String> parameters) {
    Map<String, Integer> counts = new HashMap<>();
    int lowest = sections.head();
    try (NDManager scope = model.weights().manager().newSubManager();
        GradMode mode = GradMode.off()) {
      NDArray x = batch.ids(scope);
      for (int section = 0; section <= sections.head(); section++) {
        Set<String> seen = new HashSet<>();
        x = sections.run(section, x, noting(sections, scope, batch, seen));
        seen.retainAll(parameters);
        seen.forEach(name -> counts.merge(name, 1, Integer::sum));
        lowest = seen.isEmpty() ? lowest : Math.min(lowest, section);
      }
    }
    for (String name : parameters) {
      if (!counts.containsKey(name)) {
        throw new IllegalStateException("the forward pass never uses parameter '" + name + "'");
      }
    }
    return new Uses(counts, lowest);
  }

  private static TensorOps noting(
      Sections sections, NDManager scope, Batch batch, Set<String> seen) {
    return sections.ops(
        scope,
        batch,
        name -> {
          seen.add(name);
          return name;
        });
  }

  /** In how many sections a parameter is used. */
  int of(String parameter) {
    return counts.get(parameter);
  }
}
