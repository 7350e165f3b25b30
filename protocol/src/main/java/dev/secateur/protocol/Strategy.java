package dev.secateur.protocol;

/** Which coupled structures may be pruned. */
public enum Strategy implements Labelled {
  /** MLP channels, of experts each its own, and attention heads of chosen layers. */
  BLOCK,
  /** Channels of the residual stream, through the whole model. */
  CHANNEL,
  /** Whole blocks. */
  LAYER,
  /**
   * The paper's control (arXiv 2305.11627, Table 6): as {@link #BLOCK}, but each matrix loses its
   * own least important rows or columns, which are masked where they stand.
   */
  IGNORE_DEPENDENCIES,
  /** Whole experts of the blocks that have any. */
  EXPERT,
  /** As {@link #BLOCK}, but a channel goes from all experts of a block or from none. */
  BLOCK_SHARED;

  /** Whether it takes something out of single blocks, so that these may come to differ. */
  public boolean narrowsBlocks() {
    return this == BLOCK || this == BLOCK_SHARED || this == EXPERT;
  }
}
