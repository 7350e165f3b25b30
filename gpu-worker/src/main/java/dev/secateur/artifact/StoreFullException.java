package dev.secateur.artifact;

/** A store of artifacts has no room on its disk at the moment. */
public final class StoreFullException extends StoreAwayException {
  private static final long serialVersionUID = 1;

  StoreFullException(String message) {
    super(message);
  }
}
