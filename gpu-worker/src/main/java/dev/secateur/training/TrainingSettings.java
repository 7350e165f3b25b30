package dev.secateur.training;

import dev.secateur.protocol.Schedule;

/**
 * The settings of the training loop.
 *
 * @param steps optimizer steps
 * @param microBatch rows computed together; a batch's gradients are the sum over its micro-batches
 * @param learningRate the peak
 * @param warmup steps over which the rate rises linearly to the peak
 * @param checkpointing whether activations are computed again for the gradients, block by block
 * @param clip the largest global norm of the gradients; larger ones are scaled down
 */
public record TrainingSettings(
    int steps,
    int microBatch,
    double learningRate,
    int warmup,
    Schedule schedule,
    double weightDecay,
    double beta1,
    double beta2,
    double eps,
    double clip,
    boolean checkpointing,
    long seed) {

  /** The learning rate of a step, counted from zero. */
  public double rate(int step) {
    if (step < warmup) {
      return learningRate * (step + 1) / warmup;
    }
    double done = (double) (step - warmup) / Math.max(1, steps - warmup);
    return learningRate
        * switch (schedule) {
          case CONSTANT -> 1;
          case LINEAR -> 1 - done;
          case COSINE -> (1 + Math.cos(Math.PI * done)) / 2;
        };
  }
}
