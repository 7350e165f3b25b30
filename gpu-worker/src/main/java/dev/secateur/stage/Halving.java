package dev.secateur.stage;

import dev.secateur.protocol.StageSpec;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.tensor.DeviceMemoryException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries a stage again with half of what can be halved each time the device runs out of memory. Of a
 * training's micro-batch the gradients of a step are the same sums in another order, so results
 * differ in their last digits; a metric such as {@code micro_batch} says that it happened.
 */
final class Halving {
  private static final Logger LOG = LoggerFactory.getLogger(Halving.class);

  private Halving() {}

  /**
   * @throws DeviceMemoryException when the memory does not even do for the smallest size, or the
   *     stage has none
   */
  static <S extends StageSpec> Map<String, Double> compute(
      StageComputation<S> computation, StageSpec stage, StageContext context, Path folder)
      throws IOException {
    S whole = computation.spec().cast(stage);
    S spec = whole;
    while (true) {
      try {
        Map<String, Double> metrics = new HashMap<>(computation.compute(spec, context, folder));
        if (spec != whole) {
          Halvable<S> halved = computation.halvable(spec).orElseThrow();
          metrics.put(halved.metric(), (double) halved.size());
        }
        return metrics;
      } catch (RuntimeException e) {
        if (!DeviceMemory.isExhausted(e)) {
          throw e;
        }
        String sizes = sizes(computation, spec);
        LOG.warn("the device is out of memory: {}", sizes);
        Optional<S> smaller = computation.halvable(spec).flatMap(Halvable::halved);
        spec = smaller.orElseThrow(() -> new DeviceMemoryException(sizes, e));
      }
    }
  }

  /** What takes the memory. */
  private static <S extends StageSpec> String sizes(StageComputation<S> computation, S spec) {
    return "model "
        + spec.model().name()
        + " of "
        + spec.model().layers()
        + " layers, "
        + computation.memoryNeed(spec);
  }
}
