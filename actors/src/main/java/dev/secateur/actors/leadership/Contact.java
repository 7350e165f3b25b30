package dev.secateur.actors.leadership;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What a node knows of its coordinators from their answers.
 *
 * @param active the active coordinator
 * @param at the node that it is on
 * @param heard when that node last said so
 * @param known when a coordinator last counted this node among its cluster
 * @param stranger since when the active coordinator has not
 * @param removed the coordinator that reported that its cluster has removed this node
 */
record Contact(
    Optional<Presence.Active> active,
    String at,
    Instant heard,
    Instant known,
    Optional<Instant> stranger,
    Optional<Removed> removed) {
  /** Without an answer for so long, a coordinator is not where it was. */
  static final Duration SILENT = Duration.ofSeconds(10);

  /** Who is joining is known to some coordinators before it is to others. */
  static final Duration STRANGE = Duration.ofSeconds(10);

  /**
   * That a cluster has removed this node.
   *
   * @param by HOST:PORT of a member
   */
  record Removed(String by, Instant since) {}

  static Contact at(Instant now) {
    return new Contact(Optional.empty(), "", now, now, Optional.empty(), Optional.empty());
  }

  Contact with(Presence.Answer answer, Instant now) {
    Instant nowKnown = answer.member() ? now : known;
    if (answer.active().isEmpty()) {
      boolean gone = answer.from().address().equals(at);
      return new Contact(
          gone ? Optional.empty() : active, gone ? "" : at, heard, nowKnown, stranger, removed);
    } else if (active.isPresent() && active.get().term() > answer.active().get().term()) {
      return this; // of one that has lost its lease and does not know yet
    }
    Optional<Instant> strange =
        answer.member() ? Optional.empty() : Optional.of(stranger.orElse(now));
    return new Contact(answer.active(), answer.from().address(), now, nowKnown, strange, removed);
  }

  Contact removed(String by, Instant now) {
    return new Contact(
        active,
        at,
        heard,
        known,
        stranger,
        removed.isPresent() ? removed : Optional.of(new Removed(by, now)));
  }

  /** The active coordinator, as far as is known. */
  Optional<Presence.Active> active(Instant now) {
    return active.filter(some -> heard.plus(SILENT).isAfter(now));
  }

  /**
   * Why the node has no part in its cluster any more, if so.
   *
   * @param patience how long it may do without any coordinator; for ever where absent
   */
  Optional<String> end(Instant now, Optional<Duration> patience) {
    if (stranger.isPresent() && active(now).isPresent() && past(stranger.get(), STRANGE, now)) {
      return Optional.of(
          "the coordinator at " + at + " does not count this node as a member of its cluster");
    } else if (removed.isPresent()
        && active(now).isEmpty()
        && past(removed.get().since(), SILENT, now)) {
      return Optional.of("the cluster of " + removed.get().by() + " has removed this node");
    } else if (patience.isPresent() && past(known, patience.get(), now)) {
      return Optional.of(
          "no coordinator has answered this node for " + patience.get().toSeconds() + " s");
    }
    return Optional.empty();
  }

  private static boolean past(Instant since, Duration length, Instant now) {
    return !since.plus(length).isAfter(now);
  }
}
