package dev.secateur.actors.leadership;

import java.time.Instant;
import java.time.InstantSource;

/** Measures durations; changes of the machine's clock do not affect it. */
public final class SteadyClock implements InstantSource {
  private final Instant start = Instant.now();
  private final long nanos = System.nanoTime();

  @Override
  public Instant instant() {
    return start.plusNanos(System.nanoTime() - nanos);
  }
}
