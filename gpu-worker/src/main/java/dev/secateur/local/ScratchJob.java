package dev.secateur.local;

import dev.secateur.protocol.TextRef;
import dev.secateur.pruning.Pruning;
import dev.secateur.tensor.DeviceMemory;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.training.ScratchTraining;
import dev.secateur.training.Trainer;
import dev.secateur.training.TrainingListener;
import dev.secateur.training.TrainingState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Trains a model from random weights without a cluster. If memory runs out, it is retried with half
 * the micro-batch and resumes from the last save, if there is one.
 */
public final class ScratchJob {
  private ScratchJob() {}

  /**
   * As {@link ScratchTraining#run}.
   *
   * @param progress told in words of the micro-batch, where it is halved
   * @throws DeviceMemoryException when memory does not even do for one row at a time
   */
  public static Trainer.Result run(
      ScratchTraining training,
      TextRef data,
      TrainingState state,
      Path folder,
      TrainingListener listener,
      Consumer<String> progress)
      throws IOException {
    ScratchTraining now = training;
    while (true) {
      try {
        return now.run(data, state, folder, listener);
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!DeviceMemory.isExhausted(e)) {
          throw e;
        } else if (now.tuning().budget().microBatch() == 1) {
          throw new DeviceMemoryException(sizes(now), e);
        }
        now = now.halved();
        progress.accept(
            "out of memory; retrying with micro-batch " + now.tuning().budget().microBatch());
      }
    }
  }

  private static String sizes(ScratchTraining training) {
    return "a training of %d layers and %d parameters, one row of %d tokens at a time%s"
        .formatted(
            training.shape().layers(),
            Pruning.elements(training.shape()),
            training.tuning().cutoff(),
            training.tuning().checkpointing() ? "" : " (--checkpointing needs less)");
  }
}
