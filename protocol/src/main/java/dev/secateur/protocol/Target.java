package dev.secateur.protocol;

/** The quantity that a ratio is a share of. */
public enum Target implements Labelled {
  /** The units of each structure that may be pruned. */
  GROUP_RATIO,
  /** The parameters of the whole model. */
  PARAMETERS,
  /** The multiply-accumulates of the whole model on 64 tokens. */
  MACS,
  /** The bytes of the whole model's weights, each in the type that it is stored in. */
  BYTES,
  /** The time of the whole model's forward pass, as measured on a device. */
  LATENCY;

  /** Whether only scope measured can share it out. */
  public boolean isOfMeasuredScope() {
    return this == BYTES || this == LATENCY;
  }
}
