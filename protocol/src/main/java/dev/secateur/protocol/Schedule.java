package dev.secateur.protocol;

/** How the learning rate changes after the warm-up. */
public enum Schedule implements Labelled {
  CONSTANT,
  LINEAR,
  COSINE
}
