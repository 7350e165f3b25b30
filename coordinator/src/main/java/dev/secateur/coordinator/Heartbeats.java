package dev.secateur.coordinator;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The time of the last heartbeat of each lease; not journalled, since heartbeats repeat. */
final class Heartbeats {
  private final InstantSource clock;
  private final Map<Long, Instant> heard = new HashMap<>();
  private final Map<Long, Instant> begun = new HashMap<>();

  Heartbeats(InstantSource clock) {
    this.clock = clock;
  }

  void heard(long lease) {
    heard.put(lease, clock.instant());
  }

  /** Whether that is the first heartbeat of a lease. */
  boolean begins(long lease) {
    heard(lease);
    return begun.putIfAbsent(lease, clock.instant()) == null;
  }

  /** For how long nothing was heard of a lease. */
  Duration silence(long lease) {
    return Duration.between(heard.getOrDefault(lease, clock.instant()), clock.instant());
  }

  /** When the first heartbeat of each lease came. */
  Map<Long, Instant> begun() {
    return Map.copyOf(begun);
  }

  /** The leases of which nothing was heard since; those that are not held are forgotten. */
  Set<Long> silent(Set<Long> held, Instant since) {
    heard.keySet().retainAll(held);
    begun.keySet().retainAll(held);
    return heard.entrySet().stream()
        .filter(entry -> entry.getValue().isBefore(since))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
