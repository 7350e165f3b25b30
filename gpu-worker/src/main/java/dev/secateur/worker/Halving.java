package dev.secateur.worker;

import dev.secateur.protocol.StageSpec;
import dev.secateur.protocol.Tuning;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.tensor.DeviceMemoryException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries a stage again with half of its micro-batch each time the device runs out of memory. The
 * gradients of a step are the same sums in another order, so results differ in their last digits;
 * the metric {@code micro_batch} says that it happened.
 */
final class Halving {
  private static final Logger LOG = LoggerFactory.getLogger(Halving.class);

  private Halving() {}

  /** Computes a stage as it is now specified. */
  @FunctionalInterface
  interface Computation {
    Map<String, Double> compute(StageSpec spec) throws IOException;
  }

  /**
   * @throws DeviceMemoryException when the memory does not even do for the smallest micro-batch, or
   *     the stage has none
   */
  static Map<String, Double> compute(StageSpec whole, Computation computation) throws IOException {
    StageSpec spec = whole;
    while (true) {
      try {
        Map<String, Double> metrics = new HashMap<>(computation.compute(spec));
        if (spec != whole) {
          metrics.put("micro_batch", (double) tuning(spec).orElseThrow().budget().microBatch());
        }
        return metrics;
      } catch (RuntimeException e) {
        if (!DeviceMemory.isExhausted(e)) {
          throw e;
        }
        Optional<StageSpec> smaller = halved(spec);
        LOG.warn("the device is out of memory: {}", sizes(spec));
        if (smaller.isEmpty()) {
          throw new DeviceMemoryException(sizes(spec), e);
        }
        spec = smaller.get();
      }
    }
  }

  private static Optional<Tuning> tuning(StageSpec spec) {
    if (spec instanceof StageSpec.Recovery recovery) {
      return Optional.of(recovery.tuning());
    } else if (spec instanceof StageSpec.Training training) {
      return Optional.of(training.tuning());
    }
    return Optional.empty();
  }

  private static Optional<StageSpec> halved(StageSpec spec) {
    Optional<Tuning> half =
        tuning(spec).filter(all -> all.budget().microBatch() > 1).map(Tuning::halved);
    if (half.isPresent() && spec instanceof StageSpec.Recovery recovery) {
      return Optional.of(
          new StageSpec.Recovery(
              recovery.model(), recovery.recipe(), recovery.data(), half.get(), recovery.seed()));
    } else if (half.isPresent() && spec instanceof StageSpec.Training training) {
      return Optional.of(
          new StageSpec.Training(
              training.model(),
              training.recipe(),
              training.data(),
              half.get(),
              training.learningRate(),
              training.weightDecay(),
              training.seed()));
    }
    return Optional.empty();
  }

  /** What takes the memory. */
  private static String sizes(StageSpec spec) {
    String model = "model " + spec.model().name() + " of " + spec.model().layers() + " layers, ";
    if (spec instanceof StageSpec.Estimation estimation) {
      return model
          + estimation.samples().count()
          + " samples of "
          + estimation.samples().length()
          + " tokens in "
          + estimation.parts()
          + " parts (more calibration.parts or fewer samples need less)";
    } else if (spec instanceof StageSpec.Evaluation evaluation) {
      return model + "windows of " + evaluation.window() + " tokens";
    }
    return tuning(spec)
        .map(
            tuning ->
                model
                    + "micro-batch "
                    + tuning.budget().microBatch()
                    + " of "
                    + tuning.cutoff()
                    + " tokens, rank "
                    + tuning.rank()
                    + (tuning.checkpointing() ? "" : " (checkpointing = true needs less)"))
        .orElse(model + "nothing of which can be made smaller");
  }
}
