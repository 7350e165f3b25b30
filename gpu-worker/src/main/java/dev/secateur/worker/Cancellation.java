package dev.secateur.worker;

import java.util.concurrent.CancellationException;

/** Signals the device's thread, which asks between steps, that the result is no longer wanted. */
final class Cancellation {
  private volatile boolean cancelled;

  void cancel() {
    cancelled = true;
  }

  /**
   * @throws CancellationException once cancelled
   */
  void check() {
    if (cancelled) {
      throw new CancellationException("cancelled");
    }
  }
}
