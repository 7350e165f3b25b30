package dev.secateur.actors.leadership;

import java.time.Duration;

/**
 * The right to write the journal, which one coordinator at a time holds. It expires unless it is
 * renewed. All methods may block for some seconds.
 */
public interface JournalLease {

  /** How long it lasts from when it was renewed. */
  Duration duration();

  /**
   * Renews it where this node holds it, and tells other coordinators that this node is there.
   *
   * @param joined whether this node is a member of a cluster
   * @throws LeaseException when the database does not answer
   */
  Standing look(boolean joined) throws LeaseException;

  /**
   * Takes it, if nobody holds it. What its last holder has begun to write is waited for; where that
   * takes seconds, the writing is ended, and the lease is to be asked for once more.
   *
   * @return how things stand then
   * @throws LeaseException when the database does not answer
   */
  Standing take(boolean joined) throws LeaseException;

  /** Gives it up, where this node holds it, and takes leave of other coordinators. */
  void release() throws LeaseException;

  /** That the database could not be asked. */
  final class LeaseException extends Exception {
    private static final long serialVersionUID = 1;

    LeaseException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
