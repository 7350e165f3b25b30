package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.RecoverySection;
import dev.secateur.coordinator.config.Values;
import dev.secateur.protocol.InputException;
import dev.secateur.protocol.Tuning;
import java.util.Optional;
import java.util.Set;

/** Options that say how an adapter is trained: the keys of a sweep's {@code recovery}. */
final class TuningOptions extends KeyOptions {
  private static final Key<Integer> VALIDATION =
      Key.whole("validation", 0, Integer.MAX_VALUE, 0, RecoverySection.ROWS.help());

  TuningOptions() {
    super(TuningOptions::read);
  }

  private TuningOptions(Set<String> without) {
    super(TuningOptions::read, without);
  }

  /** The same where all weights are trained and there is no adapter. */
  static TuningOptions ofAllWeights() {
    return new TuningOptions(Set.of("rank", "alpha", "dropout", "targets", "precision"));
  }

  /**
   * @throws InputException when a value makes no sense
   */
  Tuning tuning() {
    return read(this);
  }

  private static Tuning read(Values values) {
    int rows = values.get(VALIDATION);
    int every = values.get(RecoverySection.EVERY.as("evaluate-every"));
    Optional<Integer> patience = values.find(RecoverySection.PATIENCE);
    if (patience.isPresent() && rows == 0) {
      throw new InputException("--patience needs rows to evaluate on: give --validation N");
    }
    return RecoverySection.tuning(
        values,
        target -> target,
        rows == 0 ? new Tuning.Unvalidated() : RecoverySection.validation(rows, every, patience));
  }
}
