package dev.secateur.protocol;

import java.util.Optional;

/**
 * The precision of computations; for a training, the precision in which the weights that are not
 * trained are held.
 */
public enum Precision implements Labelled {
  FLOAT32,
  /** Half the memory; slow on processors without it, meant for GPUs. */
  BFLOAT16;

  /** What a device must have for it, since every device computes in float32. */
  public Optional<Precision> required() {
    return this == FLOAT32 ? Optional.empty() : Optional.of(this);
  }
}
