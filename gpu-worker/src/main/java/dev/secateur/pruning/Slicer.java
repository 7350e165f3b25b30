package dev.secateur.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.Families;
import dev.secateur.model.Model;
import dev.secateur.model.Weights;
import dev.secateur.tensor.GradMode;
import dev.secateur.tensor.Kernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/** Takes the removed units out of a model's weights; the base stays as it is. */
public final class Slicer {
  private Slicer() {}

  /** A copy of the model without the units that the groups remove. */
  public static Model slice(Model base, List<Recipe.Group> groups) {
    Removal removal = Removal.of(base.decoder(), groups);
    Decoder pruned = Families.of(PrunedConfig.of(base.decoder(), removal));
    NDManager manager = NDManager.newBaseManager(base.weights().manager().getDevice());
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    try (GradMode mode = GradMode.off()) {
      base.weights()
          .arrays()
          .forEach(
              (name, array) ->
                  removal
                      .renamed(name, base.decoder())
                      .ifPresent(
                          renamed -> arrays.put(renamed, slice(array, removal.of(name), manager))));
      return new Model(pruned, new Weights(manager, arrays, pruned.constants()));
    }
  }

  private static NDArray slice(
      NDArray array, Map<Integer, Set<Integer>> removed, NDManager manager) {
    try (NDManager scope = array.getManager().newSubManager()) {
      NDArray sliced = array;
      for (Map.Entry<Integer, Set<Integer>> entry : removed.entrySet()) {
        if (entry.getValue().isEmpty()) {
          continue;
        }
        long length = sliced.getShape().get(entry.getKey());
        long[] kept =
            LongStream.range(0, length).filter(i -> !entry.getValue().contains((int) i)).toArray();
        sliced = Kernels.get().select(scope, sliced, entry.getKey(), kept);
      }
      NDArray result = sliced == array ? array.duplicate() : sliced;
      result.attach(manager);
      return result;
    }
  }
}
