package dev.secateur.coordinator.http;

import java.io.IOException;

/** There is no room for an artifact on the disk where it is to be kept. */
public final class StoreFullException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * @param message which disk, and what is free there
   */
  public StoreFullException(String message) {
    super(message);
  }
}
