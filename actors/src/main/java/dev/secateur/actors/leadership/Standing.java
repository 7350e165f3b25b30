package dev.secateur.actors.leadership;

import java.util.List;
import java.util.Optional;

/**
 * Who holds the journal, and which coordinators are there, as the database reported it a moment
 * ago.
 *
 * @param peers other coordinators that reported within the length of a lease
 */
public record Standing(Journal journal, List<Peer> peers) {

  /** Who may write the journal. */
  public sealed interface Journal {}

  /**
   * This node holds it.
   *
   * @param term of its lease; each new holder has a higher one
   */
  public record Own(long term) implements Journal {}

  /**
   * Another coordinator holds it, whose lease has not expired.
   *
   * @param address HOST:PORT by which the cluster knows it
   */
  public record Holder(String address, long term) implements Journal {}

  /** Nobody holds it. */
  public record Free() implements Journal {}

  /**
   * Another coordinator that is there.
   *
   * @param address HOST:PORT by which the cluster knows it
   * @param joined whether it is a member of a cluster
   */
  public record Peer(String address, boolean joined) {}

  /** The other coordinator that holds the journal, if one does. */
  public Optional<Holder> holder() {
    return journal instanceof Holder holder ? Optional.of(holder) : Optional.empty();
  }

  /** The addresses of peers that are members of a cluster. */
  List<String> joined() {
    return peers.stream().filter(Peer::joined).map(Peer::address).toList();
  }
}
