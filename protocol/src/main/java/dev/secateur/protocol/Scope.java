package dev.secateur.protocol;

/** The set of units within which the least important ones are selected. */
public enum Scope implements Labelled {
  /** Each structure loses the same share of its units. */
  LOCAL,
  /** The units of all structures compete, their scores made comparable. */
  GLOBAL,
  /**
   * Structures share a budget by profiles: by what taking more and more units out of each costs,
   * measured.
   */
  MEASURED
}
