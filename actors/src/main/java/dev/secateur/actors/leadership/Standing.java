package dev.secateur.actors.leadership;

import java.util.List;
import java.util.Optional;

/**
 * Who holds the journal, and which coordinators are there, as the database reported it a moment
 * ago.
 *
 * @param term of this node's own lease, if it holds it; each new holder has a higher one
 * @param holder of a lease of another node that has not expired
 * @param peers other coordinators that reported within the length of a lease
 */
public record Standing(Optional<Long> term, Optional<Holder> holder, List<Peer> peers) {

  /**
   * Another coordinator that holds the journal.
   *
   * @param address HOST:PORT by which the cluster knows it
   */
  public record Holder(String address, long term) {}

  /**
   * Another coordinator that is there.
   *
   * @param address HOST:PORT by which the cluster knows it
   * @param joined whether it is a member of a cluster
   */
  public record Peer(String address, boolean joined) {}

  /** The addresses of peers that are members of a cluster. */
  List<String> joined() {
    return peers.stream().filter(Peer::joined).map(Peer::address).toList();
  }
}
