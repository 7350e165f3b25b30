package dev.secateur.stage;

import dev.secateur.checkpoint.MemoryUse;
import dev.secateur.checkpoint.Residency;
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
 * Retries a stage each time the device, or the host, runs out of memory: with half of what can be
 * halved, then with its models opened with less memory ({@link MemoryUse#smaller}). A smaller
 * micro-batch adds up the gradients of a step in another order, so results differ in their last
 * digits; how models are opened changes no result. Metrics say what happened: {@code micro_batch},
 * {@code inputs_at_once} and {@code weights_streamed}.
 */
final class MemoryRetries {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryRetries.class);

  private MemoryRetries() {}

  /**
   * @throws DeviceMemoryException when the memory does not even do for the smallest size and
   *     weights that are streamed
   */
  static <S extends StageSpec> Map<String, Double> compute(
      StageComputation<S> computation, StageSpec stage, StageContext context, Path folder)
      throws IOException {
    S whole = computation.spec().cast(stage);
    S spec = whole;
    context.resident().begin();
    while (true) {
      try {
        Map<String, Double> metrics = new HashMap<>(computation.compute(spec, context, folder));
        if (spec != whole) {
          MicroBatchBackoff<S> halved = computation.halvable(spec).orElseThrow();
          metrics.put(halved.metric(), (double) halved.size());
        }
        context.resident().reduced().ifPresent(use -> add(use, metrics));
        return metrics;
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!DeviceMemory.isExhausted(e)) {
          throw e;
        }
        String sizes = sizes(computation, spec, context);
        LOG.warn("the device is out of memory: {}", sizes);
        Optional<S> smaller = computation.halvable(spec).flatMap(MicroBatchBackoff::halved);
        if (smaller.isPresent()) {
          spec = smaller.get();
        } else {
          MemoryUse use =
              context.resident().reduce().orElseThrow(() -> new DeviceMemoryException(sizes, e));
          context.report(0, 0, "out of memory; retrying with " + use);
        }
      }
    }
  }

  private static void add(MemoryUse use, Map<String, Double> metrics) {
    use.inputsAtOnce().limit().ifPresent(most -> metrics.put("inputs_at_once", (double) most));
    if (use.residency() == Residency.STREAMED) {
      metrics.put("weights_streamed", 1.0);
    }
  }

  /** What takes the memory. */
  private static <S extends StageSpec> String sizes(
      StageComputation<S> computation, S spec, StageContext context) {
    String model = "model " + spec.model().name() + " of " + spec.model().layers() + " layers, ";
    String weights = context.resident().reduced().map(use -> use + ", ").orElse("");
    return model + weights + computation.memoryNeed(spec);
  }
}
