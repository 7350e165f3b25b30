package dev.secateur.protocol;

/** What makes up for removed units without training. */
public enum CompensationMethod implements Labelled {
  NONE,
  /** Output matrices refitted front to back, so that they write what the whole model's wrote. */
  LEAST_SQUARES;

  /** Whether it is for models that a strategy pruned. */
  public boolean suits(Strategy strategy) {
    return this == NONE || strategy != Strategy.CHANNEL && strategy != Strategy.IGNORE_DEPENDENCIES;
  }
}
