package dev.secateur.protocol;

/** How an instruction row becomes a prompt. */
public enum Template implements Labelled {
  /** Alpaca's sections, with or without an input. */
  ALPACA,
  /** Running text: the instruction with a colon for its full stop, a space, the input. */
  PLAIN
}
