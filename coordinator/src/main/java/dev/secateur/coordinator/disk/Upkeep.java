package dev.secateur.coordinator.disk;

import java.time.Duration;

/**
 * How an active coordinator keeps its disk.
 *
 * @param retention what is removed automatically
 * @param every how often it checks
 */
public record Upkeep(Housekeeping housekeeping, Retention retention, Duration every) {
  private static final Duration HOUR = Duration.ofHours(1);

  /** Nothing goes. */
  public static final Upkeep NONE = new Upkeep(Housekeeping.NONE, Retention.FOREVER);

  public Upkeep(Housekeeping housekeeping, Retention retention) {
    this(housekeeping, retention, HOUR);
  }
}
