package dev.secateur.protocol;

/** How the learning rate falls after the warm-up. */
public enum Schedule implements Labelled {
  CONSTANT,
  LINEAR,
  COSINE
}
