package dev.secateur.actors.leadership;

import dev.secateur.protocol.Notice;
import java.util.Map;
import java.util.Optional;

/**
 * The other coordinator that was last known to be at work.
 *
 * @param last none while there was no other
 */
record Rival(Optional<Standing.Holder> last) {
  static final Rival NONE = new Rival(Optional.empty());

  Rival with(Standing standing) {
    return standing.holder().isPresent() ? new Rival(standing.holder()) : this;
  }

  /** For whoever watches this node, where another one is at work than before. */
  Optional<Notice> news(Rival before) {
    return equals(before)
        ? Optional.empty()
        : last.map(
            holder ->
                new Notice(
                    "coordinator",
                    "coordinator-changed",
                    Map.of(
                        "node", holder.address(),
                        "term", holder.term(),
                        "reason", holder.address() + " holds the journal now")));
  }

  /** Why this node may be at work now. */
  String whyNot() {
    return last.map(
            holder ->
                "the lease of "
                    + holder.address()
                    + " (term "
                    + holder.term()
                    + ") has lapsed or was given up")
        .orElse("no other coordinator was at work");
  }
}
