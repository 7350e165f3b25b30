package dev.secateur.actors.leadership;

import dev.secateur.protocol.Notice;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The other coordinator that was last known to be active.
 *
 * @param last none while there was no other
 */
record Rival(Optional<Standing.Holder> last) {
  static final Rival NONE = new Rival(Optional.empty());

  /**
   * @param news told where another one is active than before
   */
  Rival with(Standing standing, Consumer<Notice> news) {
    if (standing.holder().isEmpty() || standing.holder().equals(last)) {
      return this;
    }
    Standing.Holder holder = standing.holder().get();
    news.accept(
        new Notice(
            "coordinator",
            "coordinator-changed",
            Map.of(
                "node", holder.address(),
                "term", holder.term(),
                "reason", holder.address() + " holds the journal now")));
    return new Rival(standing.holder());
  }

  /** Why this node may be active now. */
  String whyThisLeads() {
    return last.map(
            holder ->
                "the lease of "
                    + holder.address()
                    + " (term "
                    + holder.term()
                    + ") expired or was released")
        .orElse("no other coordinator was active");
  }
}
