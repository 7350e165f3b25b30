package dev.secateur.protocol;

import java.util.function.UnaryOperator;

/** Trains a LoRA adapter on the pruned model. */
public record RecoverySpec(ModelRef model, StageKey recipe, TextRef data, Tuning tuning, long seed)
    implements StageSpec {
  @Override
  public StageKind kind() {
    return StageKind.RECOVERY;
  }

  @Override
  public Precision precision() {
    return tuning.precision();
  }

  @Override
  public RecoverySpec under(UnaryOperator<StageKey> keys) {
    return new RecoverySpec(model, keys.apply(recipe), data, tuning, seed);
  }
}
