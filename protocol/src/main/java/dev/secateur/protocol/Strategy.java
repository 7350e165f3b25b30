package dev.secateur.protocol;

/** Which coupled structures may be pruned. */
public enum Strategy implements Labelled {
  /** MLP channels and attention heads of chosen layers. */
  BLOCK,
  /** Channels of the residual stream, through the whole model. */
  CHANNEL
}
