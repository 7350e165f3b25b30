package dev.secateur.protocol;

/** Where a model's weights are kept while it is used; results do not depend on it. */
public enum WeightPlacement implements Labelled {
  /** On the device where a share of its memory does for them, else read block by block. */
  AUTO,
  /** On the device. */
  RESIDENT,
  /** In the checkpoint's files, read block by block. */
  STREAMED
}
