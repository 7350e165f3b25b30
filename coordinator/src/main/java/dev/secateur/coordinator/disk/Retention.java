package dev.secateur.coordinator.disk;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How long things that no sweep needs are kept.
 *
 * @param limits for what is removed automatically; all else is kept for ever
 */
public record Retention(Map<Disposable, Duration> limits) {
  /** Everything is kept. */
  public static final Retention FOREVER = new Retention(Map.of());

  public Retention {
    limits = Map.copyOf(limits);
  }

  /** How long these are kept, unless for ever. */
  public Optional<Duration> of(Disposable what) {
    return Optional.ofNullable(limits.get(what));
  }

  /** Whether nothing is ever to be looked at. */
  public boolean isForever() {
    return limits.isEmpty();
  }
}
