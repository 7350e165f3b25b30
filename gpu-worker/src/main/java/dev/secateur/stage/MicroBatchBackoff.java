package dev.secateur.stage;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A size of a stage that changes what it computes in the last digits only.
 *
 * @param metric what says how large it was in the end, where it had to be halved
 * @param half the stage with half of it; not asked for where there is one left
 */
record MicroBatchBackoff<S>(String metric, int size, Supplier<S> half) {
  /** The stage with half of it, where there is more than one. */
  Optional<S> halved() {
    return size > 1 ? Optional.of(half.get()) : Optional.empty();
  }
}
