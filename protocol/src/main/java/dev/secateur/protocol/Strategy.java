package dev.secateur.protocol;

/** Which coupled structures may be pruned. */
public enum Strategy implements Labelled {
  /** MLP channels and attention heads of chosen layers. */
  BLOCK,
  /** Channels of the residual stream, through the whole model. */
  CHANNEL,
  /** Whole blocks. */
  LAYER,
  /**
   * The paper's control (arXiv 2305.11627, Table 6): as {@link #BLOCK}, but each matrix loses its
   * own least important rows or columns, which are masked where they stand.
   */
  IGNORE_DEPENDENCIES
}
