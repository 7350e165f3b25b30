package dev.secateur.protocol;

/** How activations are handled between the forward pass and the gradients of calibration. */
public enum Activations implements Labelled {
  /** Kept where that takes little memory beside the weights, else computed again. */
  AUTO,
  KEEP,
  RECOMPUTE
}
