package dev.secateur.actors.leadership;

import java.time.Instant;
import java.time.InstantSource;

/** Measures how long things take; not moved by whoever sets the machine's clock. */
public final class SteadyClock implements InstantSource {
  private final Instant start = Instant.now();
  private final long nanos = System.nanoTime();

  @Override
  public Instant instant() {
    return start.plusNanos(System.nanoTime() - nanos);
  }
}
