package dev.secateur.actors.leadership;

import java.util.ArrayList;
import java.util.List;

/** What a coordinator node does next about the journal and its cluster. */
sealed interface Step {

  /** It holds the journal: it leads, in a cluster of its own where it has joined none. */
  record Lead(long term) implements Step {}

  /** It may take the journal, which nobody holds. */
  record Take() implements Step {}

  /**
   * It asks these nodes to take it up.
   *
   * @param addresses HOST:PORT, the one that holds the journal first
   */
  record Join(List<String> addresses) implements Step {}

  /** It stands by, a member of the cluster, while that one holds the journal. */
  record Follow(Standing.Holder holder) implements Step {}

  /** It waits for a lease to lapse. */
  record Wait() implements Step {}

  /** Another took its place. */
  record End(String why) implements Step {}

  /**
   * @param self HOST:PORT of this node
   * @param joined whether it is a member of a cluster
   * @param led whether it has ever held the journal: it holds it once in its life
   */
  static Step of(String self, boolean joined, boolean led, Standing standing) {
    if (standing.journal() instanceof Standing.Own own) {
      return new Lead(own.term());
    } else if (led) {
      return new End(
          standing
              .holder()
              .map(
                  holder ->
                      "the coordinator "
                          + holder.address()
                          + " took over the journal (term "
                          + holder.term()
                          + ") while this one did not renew its lease")
              .orElse("another coordinator has taken over the journal"));
    } else if (joined) {
      return standing.holder().<Step>map(Follow::new).orElseGet(Take::new);
    }
    List<String> addresses = new ArrayList<>();
    standing.holder().map(Standing.Holder::address).ifPresent(addresses::add);
    standing.joined().stream()
        .filter(address -> !addresses.contains(address))
        .forEach(addresses::add);
    addresses.remove(self); // what is known by this address is an earlier life of this node
    if (!addresses.isEmpty()) {
      return new Join(List.copyOf(addresses));
    }
    return standing.holder().isPresent() ? new Wait() : new Take();
  }
}
