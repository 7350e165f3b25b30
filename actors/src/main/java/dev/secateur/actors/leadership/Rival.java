package dev.secateur.actors.leadership;

import dev.secateur.protocol.Notice;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The other coordinator that was last known to be active.
 *
 * @param last who held the journal then; nobody while there was no other coordinator
 */
record Rival(Standing.Journal last) {
  static final Rival NONE = new Rival(new Standing.Free());

  /**
   * @param news told where another one is active than before
   */
  Rival with(Standing standing, Consumer<Notice> news) {
    if (!(standing.journal() instanceof Standing.Holder holder) || holder.equals(last)) {
      return this;
    }
    news.accept(
        new Notice(
            "coordinator",
            "coordinator-changed",
            Map.of(
                "node", holder.address(),
                "term", holder.term(),
                "reason", holder.address() + " holds the journal now")));
    return new Rival(holder);
  }

  /** Why this node may be active now. */
  String whyThisLeads() {
    return last instanceof Standing.Holder holder
        ? "the lease of "
            + holder.address()
            + " (term "
            + holder.term()
            + ") expired or was released"
        : "no other coordinator was active";
  }
}
