package dev.secateur.actors.leadership;

import akka.cluster.UniqueAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Members that the leading coordinator is to remove, and since when it has thought so. It goes by
 * what it sees itself: whom it can't reach is lost; who can't reach a node that it reaches has a
 * bad connection, and is lost as well.
 *
 * @param since of each
 */
record Losses(Map<UniqueAddress, Instant> since) {
  static final Losses NONE = new Losses(Map.of());

  /** That one node can't reach another. */
  record Observation(UniqueAddress observer, UniqueAddress subject) {}

  /** With what is observed now; what had been observed before goes on. */
  Losses with(UniqueAddress self, Set<Observation> observed, Instant now) {
    Map<UniqueAddress, Instant> all = new HashMap<>();
    for (UniqueAddress lost : lost(self, observed)) {
      all.put(lost, since.getOrDefault(lost, now));
    }
    return new Losses(Map.copyOf(all));
  }

  private static Set<UniqueAddress> lost(UniqueAddress self, Set<Observation> observed) {
    Set<UniqueAddress> lost = unreachable(self, observed);
    Set<UniqueAddress> all = new HashSet<>(lost);
    observed.stream()
        .filter(o -> !o.observer().equals(self) && !lost.contains(o.subject()))
        .map(Observation::observer)
        .forEach(all::add);
    return all;
  }

  /** Whom a node can't reach itself. */
  static Set<UniqueAddress> unreachable(UniqueAddress self, Set<Observation> observed) {
    return observed.stream()
        .filter(o -> o.observer().equals(self))
        .map(Observation::subject)
        .collect(Collectors.toSet());
  }

  /** Those that have been lost for so long. */
  Set<UniqueAddress> after(Duration stable, Instant now) {
    return since.entrySet().stream()
        .filter(loss -> !loss.getValue().plus(stable).isAfter(now))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }
}
