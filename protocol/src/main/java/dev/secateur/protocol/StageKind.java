package dev.secateur.protocol;

/** What a stage does. */
public enum StageKind implements Labelled {
  DISCOVERY,
  ESTIMATION,
  PRUNING,
  RECOVERY,
  /** A model of the pruned shape from random weights. */
  TRAINING,
  EVALUATION,
  EXPORT
}
