package dev.secateur.coordinator.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A value that takes a while to compute, computed once for requests at about the same time. */
final class Recent<T> {
  private final Duration fresh;
  private final InstantSource clock;
  private final Supplier<CompletableFuture<T>> finding;
  private CompletableFuture<T> last;
  private Instant begun = Instant.MIN;

  /**
   * @param fresh how long a value is returned before it is computed again
   */
  Recent(Duration fresh, InstantSource clock, Supplier<CompletableFuture<T>> finding) {
    this.fresh = fresh;
    this.clock = clock;
    this.finding = finding;
  }

  /** As it is being found out, or was a moment ago; the caller's own to complete. */
  synchronized CompletableFuture<T> get() {
    Instant now = clock.instant();
    if (last == null || last.isDone() && !now.isBefore(begun.plus(fresh))) {
      begun = now;
      last = finding.get();
    }
    return last.copy();
  }
}
