package dev.secateur.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.secateur.tensor.StorageKernels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Parameters that are arrays on the device already. */
final class HeldParameters extends ParameterSource {
  private final Map<String, NDArray> arrays;
  private final Runnable close;

  private HeldParameters(Map<String, NDArray> arrays, Runnable close) {
    this.arrays = arrays;
    this.close = close;
  }

  /** Arrays of somebody else's, who keeps them as long as this is used. */
  static HeldParameters of(Map<String, NDArray> arrays) {
    return new HeldParameters(arrays, () -> {});
  }

  /** Copies of all that a source has, in the element types that it keeps them in. */
  static HeldParameters copied(ParameterSource source, NDManager manager) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    for (String name : source.shapes().keySet()) {
      try (NDManager scope = manager.newSubManager()) {
        arrays.put(name, StorageKernels.get().duplicate(manager, source.load(name, scope)));
      }
    }
    return new HeldParameters(arrays, manager::close);
  }

  @Override
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) ->
            shapes.put(
                name, java.util.Arrays.stream(array.getShape().getShape()).boxed().toList()));
    return shapes;
  }

  @Override
  public NDArray load(String name, NDManager scope) {
    return arrays.get(name);
  }

  @Override
  protected void close() {
    close.run();
  }
}
