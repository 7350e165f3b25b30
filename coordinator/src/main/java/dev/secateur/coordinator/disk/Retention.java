package dev.secateur.coordinator.disk;

import java.time.Duration;
import java.util.Optional;

/**
 * How long things that no sweep needs are kept; for ever where absent.
 *
 * @param sweeps after their end
 * @param artifacts that no sweep needs, after their last use
 * @param logs of nodes that do not run, after their last line
 */
public record Retention(
    Optional<Duration> sweeps, Optional<Duration> artifacts, Optional<Duration> logs) {
  /** Everything is kept. */
  public static final Retention FOREVER =
      new Retention(Optional.empty(), Optional.empty(), Optional.empty());

  /** Whether nothing is ever to be looked at. */
  public boolean isForever() {
    return sweeps.isEmpty() && artifacts.isEmpty() && logs.isEmpty();
  }
}
