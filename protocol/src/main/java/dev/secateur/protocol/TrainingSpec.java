package dev.secateur.protocol;

import java.util.function.UnaryOperator;

/**
 * Trains a model of the pruned model's shape from random weights, on the data and the budget of a
 * recovery, as a baseline for the value of pruning.
 *
 * @param tuning of the recovery; its adapter settings are not used
 * @param learningRate the peak
 */
public record TrainingSpec(
    ModelRef model,
    StageKey recipe,
    TextRef data,
    Tuning tuning,
    double learningRate,
    double weightDecay,
    long seed)
    implements StageSpec {
  @Override
  public StageKind kind() {
    return StageKind.TRAINING;
  }

  @Override
  public TrainingSpec under(UnaryOperator<StageKey> keys) {
    return new TrainingSpec(
        model, keys.apply(recipe), data, tuning, learningRate, weightDecay, seed);
  }
}
