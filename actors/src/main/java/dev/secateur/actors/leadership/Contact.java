package dev.secateur.actors.leadership;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a node knows of its coordinators from their answers.
 *
 * @param leader which of them is active
 * @param known when a coordinator last counted this node among its cluster
 * @param stranger for how long the active coordinator has not
 * @param removal whether a cluster has removed this node
 */
record Contact(Leader leader, Instant known, Streak stranger, Removal removal) {
  /** Without an answer for so long, a coordinator is not where it was. */
  static final Duration SILENT = Duration.ofSeconds(10);

  /** Who is joining is known to some coordinators before it is to others. */
  static final Duration STRANGE = Duration.ofSeconds(10);

  /** The coordinator that was last known to be active. */
  sealed interface Leader {}

  /** None has said that it is, or it has said that it is no more. */
  record Nobody() implements Leader {}

  /**
   * It has said so.
   *
   * @param at the node that it is on, HOST:PORT
   * @param heard when that node last said so
   */
  record Heard(Presence.Active active, String at, Instant heard) implements Leader {}

  /** Whether a cluster has removed this node. */
  sealed interface Removal {}

  /** None has, as far as is known. */
  record NotRemoved() implements Removal {}

  /**
   * One has.
   *
   * @param by HOST:PORT of a member of that cluster
   * @param since when this has been known
   */
  record Removed(String by, Instant since) implements Removal {}

  static Contact at(Instant now) {
    return new Contact(new Nobody(), now, new Streak.None(), new NotRemoved());
  }

  Contact with(Presence.Answer answer, Instant now) {
    String from = answer.from().address();
    Instant nowKnown = answer.member() ? now : known;
    if (!(answer.role() instanceof Presence.Active active)) {
      boolean gone = leader instanceof Heard last && last.at().equals(from);
      return new Contact(gone ? new Nobody() : leader, nowKnown, stranger, removal);
    }
    if (leader instanceof Heard last && last.active().term() > active.term()) {
      return this; // of one that has lost its lease and does not know yet
    }
    return new Contact(
        new Heard(active, from, now), nowKnown, stranger.with(!answer.member(), now), removal);
  }

  /** The first cluster that removed it counts. */
  Contact removed(String by, Instant now) {
    return removal instanceof Removed
        ? this
        : new Contact(leader, known, stranger, new Removed(by, now));
  }

  /** The active coordinator, as far as is known. */
  Optional<Presence.Active> active(Instant now) {
    return recent(now).map(Heard::active);
  }

  private Optional<Heard> recent(Instant now) {
    return leader instanceof Heard last && last.heard().plus(SILENT).isAfter(now)
        ? Optional.of(last)
        : Optional.empty();
  }

  /**
   * Why the node has no part in its cluster any more, if so.
   *
   * @param patience how long it may do without any coordinator
   */
  Optional<String> end(Instant now, Duration patience) {
    Optional<Heard> leads = recent(now);
    if (leads.isPresent() && stranger.hasLasted(STRANGE, now)) {
      return Optional.of(
          "the coordinator at "
              + leads.get().at()
              + " does not count this node as a member of its cluster");
    } else if (leads.isEmpty()
        && removal instanceof Removed removed
        && !removed.since().plus(SILENT).isAfter(now)) {
      return Optional.of("the cluster of " + removed.by() + " has removed this node");
    } else if (Duration.between(known, now).compareTo(patience) >= 0) {
      return Optional.of(
          "no coordinator has answered this node for " + patience.toSeconds() + " s");
    }
    return Optional.empty();
  }
}
