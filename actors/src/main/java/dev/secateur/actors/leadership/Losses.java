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
 * Members that the leading coordinator is to remove, and since when. It decides by its own
 * observations: a node that it can't reach is lost; a node that can't reach a node that it reaches
 * has a bad connection, and is lost too. If it reaches no node, it is cut off itself.
 *
 * @param since of each
 * @param cutOff for how long this node has reached no other, while other coordinators work
 */
record Losses(Map<UniqueAddress, Instant> since, Streak cutOff) {
  static final Losses NONE = new Losses(Map.of(), new Streak.None());

  /** That one node can't reach another. */
  record Observation(UniqueAddress observer, UniqueAddress subject) {}

  /**
   * With the current observations; earlier ones that still hold keep their time.
   *
   * @param members of the cluster, this node among them
   * @param othersAreWell whether the database has heard of other coordinators that are members of a
   *     cluster
   */
  Losses with(
      UniqueAddress self,
      Set<UniqueAddress> members,
      Set<Observation> observed,
      boolean othersAreWell,
      Instant now) {
    Set<Observation> current =
        observed.stream()
            .filter(o -> members.contains(o.observer()) && members.contains(o.subject()))
            .collect(Collectors.toSet());
    Set<UniqueAddress> unreachable =
        current.stream()
            .filter(o -> o.observer().equals(self))
            .map(Observation::subject)
            .collect(Collectors.toSet());
    Map<UniqueAddress, Instant> all = new HashMap<>();
    for (UniqueAddress lost : lost(self, unreachable, current)) {
      all.put(lost, since.getOrDefault(lost, now));
    }
    boolean alone =
        members.stream().allMatch(member -> member.equals(self) || unreachable.contains(member));
    return new Losses(Map.copyOf(all), cutOff.with(alone && othersAreWell, now));
  }

  private static Set<UniqueAddress> lost(
      UniqueAddress self, Set<UniqueAddress> unreachable, Set<Observation> current) {
    Set<UniqueAddress> lost = new HashSet<>(unreachable);
    current.stream()
        .filter(o -> !o.observer().equals(self) && !unreachable.contains(o.subject()))
        .map(Observation::observer)
        .forEach(lost::add);
    return lost;
  }

  /** Those that have been lost for so long; none of them where it may be this node that is. */
  Set<UniqueAddress> after(Duration stable, Instant now) {
    return cutOff.holds()
        ? Set.of()
        : since.entrySet().stream()
            .filter(loss -> !loss.getValue().plus(stable).isAfter(now))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
  }

  /**
   * Why a node is lost, in words.
   *
   * @param observed what is observed now
   */
  String why(UniqueAddress self, UniqueAddress node, Set<Observation> observed, Instant now) {
    String length = Duration.between(since.getOrDefault(node, now), now).toSeconds() + " s";
    if (observed.contains(new Observation(self, node))) {
      return "it has not been reached for " + length;
    }
    String others =
        observed.stream()
            .filter(o -> o.observer().equals(node))
            .map(o -> HostPort.of(o.subject().address()))
            .sorted()
            .collect(Collectors.joining(", "));
    return "for " + length + " it has not reached " + others + ", which this node reaches";
  }

  /** Whether this node has been cut off for so long. */
  boolean isCutOff(Duration stable, Instant now) {
    return cutOff.hasLasted(stable, now);
  }
}
