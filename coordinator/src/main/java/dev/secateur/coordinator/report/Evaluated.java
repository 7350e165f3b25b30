package dev.secateur.coordinator.report;

import dev.secateur.protocol.Labelled;
import java.util.Optional;

/** The models of a trial that are evaluated; their labels are the roles of metrics. */
public enum Evaluated implements Labelled {
  /** The dense model. */
  BEFORE,
  PRUNED,
  RECOVERED,
  /** Of the pruned shape, trained from random weights. */
  SCRATCH;

  /** The role of the training that it comes from. */
  Optional<String> training() {
    return switch (this) {
      case BEFORE, PRUNED -> Optional.empty();
      case RECOVERED -> Optional.of("recovery");
      case SCRATCH -> Optional.of("scratch_training");
    };
  }

  /** Whether anything was measured of a trial's. */
  public boolean isOf(TrialResult trial) {
    return trial.metrics().containsKey(label());
  }
}
