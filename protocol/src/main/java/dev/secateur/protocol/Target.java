package dev.secateur.protocol;

/** What a ratio is a share of. */
public enum Target implements Labelled {
  /** The units of each structure that may be pruned. */
  GROUP_RATIO,
  /** The parameters of the whole model. */
  PARAMETERS,
  /** The multiply-accumulates of the whole model on 64 tokens. */
  MACS
}
