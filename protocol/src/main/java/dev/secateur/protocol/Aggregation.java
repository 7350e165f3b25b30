package dev.secateur.protocol;

/** How the scores of a unit's members become the score of the unit. */
public enum Aggregation implements Labelled {
  SUM,
  PRODUCT,
  MAX,
  MEAN,
  /** The member that is executed last. */
  LAST
}
