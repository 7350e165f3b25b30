package dev.secateur.protocol;

/** The ways to compensate for removed units without training. */
public enum CompensationMethod implements Labelled {
  NONE,
  /**
   * Inner and output matrices refitted front to back, so that they write what the whole model's
   * wrote of its own stream.
   */
  LEAST_SQUARES,
  /** Output matrices alone, in half of the time. */
  LEAST_SQUARES_OUTPUTS;

  /** Whether queries, keys, values, gate and up are refitted, not output matrices alone. */
  public boolean hasInner() {
    return this == LEAST_SQUARES;
  }

  /** The method that refits these or those. */
  public static CompensationMethod refitting(boolean inner) {
    return inner ? LEAST_SQUARES : LEAST_SQUARES_OUTPUTS;
  }

  /** Whether it is for models that a strategy pruned. */
  public boolean suits(Strategy strategy) {
    return this == NONE || strategy != Strategy.CHANNEL && strategy != Strategy.IGNORE_DEPENDENCIES;
  }
}
