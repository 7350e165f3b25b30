package dev.secateur.stage;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A size of a stage that changes its results in the last digits only.
 *
 * @param metric that reports the final size, if it was halved
 * @param half the stage with half of it; not called when the size is one
 */
record MicroBatchBackoff<S>(String metric, int size, Supplier<S> half) {
  /** The stage with half of it, where there is more than one. */
  Optional<S> halved() {
    return size > 1 ? Optional.of(half.get()) : Optional.empty();
  }
}
