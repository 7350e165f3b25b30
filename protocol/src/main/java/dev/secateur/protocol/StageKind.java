package dev.secateur.protocol;

/** What a stage does. */
public enum StageKind implements Labelled {
  DISCOVERY,
  ESTIMATION,
  PRUNING,
  RECOVERY,
  EVALUATION,
  EXPORT
}
