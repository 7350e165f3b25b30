package dev.secateur.pruning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.model.Decoder;
import dev.secateur.model.DerivedParameters;
import dev.secateur.model.Families;
import dev.secateur.model.Model;
import dev.secateur.model.ParameterSource;
import dev.secateur.tensor.Kernels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/** Cuts the removed units out of a model's weights; the base stays unchanged. */
public final class Slicer {
  private Slicer() {}

  /** The model without the units that the groups remove. */
  public static Model slice(Model base, List<Recipe.Group> groups) {
    return slice(base, groups, Optional.empty());
  }

  /**
   * The same with some parameters replaced.
   *
   * @param others of the pruned model, by its names; released with it
   */
  static Model slice(Model base, List<Recipe.Group> groups, Optional<ParameterSource> others) {
    Removal removal = Removal.of(base.decoder(), groups);
    Decoder pruned = Families.of(PrunedConfig.of(base.decoder(), removal));
    ParameterSource source = base.weights().source();
    Set<String> replaced = others.map(other -> other.shapes().keySet()).orElse(Set.of());
    Map<String, String> origins = new HashMap<>();
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    source
        .shapes()
        .forEach(
            (name, shape) ->
                removal
                    .renamed(name, base.decoder())
                    .ifPresent(
                        renamed -> {
                          if (!replaced.contains(renamed)) {
                            origins.put(renamed, name);
                          }
                          shapes.put(renamed, sliced(shape, removal.of(name)));
                        }));
    return base.derived(
        pruned,
        new DerivedParameters(
            source,
            shapes,
            origins,
            (name, before, scope) ->
                before == null
                    ? others.orElseThrow().load(name, scope)
                    : slice(before, removal.of(origins.get(name)), scope),
            () -> others.ifPresent(ParameterSource::release)));
  }

  private static List<Long> sliced(List<Long> shape, Map<Integer, Set<Integer>> removed) {
    List<Long> sizes = new ArrayList<>(shape);
    removed.forEach((dimension, gone) -> sizes.set(dimension, sizes.get(dimension) - gone.size()));
    return sizes;
  }

  private static NDArray slice(NDArray array, Map<Integer, Set<Integer>> removed, NDManager scope) {
    NDArray sliced = array;
    for (Map.Entry<Integer, Set<Integer>> entry : removed.entrySet()) {
      if (!entry.getValue().isEmpty()) {
        long length = sliced.getShape().get(entry.getKey());
        long[] kept =
            LongStream.range(0, length).filter(i -> !entry.getValue().contains((int) i)).toArray();
        sliced = Kernels.get().select(scope, sliced, entry.getKey(), kept);
      }
    }
    return sliced;
  }
}
