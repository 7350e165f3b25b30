package dev.secateur.worker;

import java.util.concurrent.CancellationException;

/** Tells the device's thread, which asks between steps, that nobody wants the result any more. */
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
