package dev.secateur.actors.cli;

import java.util.concurrent.TimeUnit;

/** Limits the bytes per second of a stream by waiting. */
final class Bandwidth {
  private final long bytesPerSecond;
  private final long start = System.nanoTime();
  private long bytes;

  /**
   * @param bytesPerSecond at most
   */
  Bandwidth(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Returns once what came so far may have come. */
  void take(int count) throws InterruptedException {
    bytes += count;
    double due = (double) bytes / bytesPerSecond * TimeUnit.SECONDS.toNanos(1);
    long wait = start + (long) due - System.nanoTime();
    if (wait > 0) {
      TimeUnit.NANOSECONDS.sleep(wait);
    }
  }
}
