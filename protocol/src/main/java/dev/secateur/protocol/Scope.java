package dev.secateur.protocol;

/** Among which units the least important ones are sought. */
public enum Scope implements Labelled {
  /** Each structure loses the same share of its units. */
  LOCAL,
  /** The units of all structures compete, their scores made comparable. */
  GLOBAL
}
