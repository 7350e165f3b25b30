package dev.secateur.coordinator.http;

/** The active coordinator does not take a plan, though nothing is wrong with its configuration. */
final class NotTakenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotTakenException(String message) {
    super(message);
  }
}
