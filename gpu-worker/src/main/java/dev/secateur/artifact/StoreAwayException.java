package dev.secateur.artifact;

import java.io.IOException;

/** A store of artifacts does not answer, or answers incorrectly; it may recover later. */
public class StoreAwayException extends IOException {
  private static final long serialVersionUID = 1;

  StoreAwayException(String message) {
    super(message);
  }

  StoreAwayException(String message, Throwable cause) {
    super(message, cause);
  }
}
