package dev.secateur.coordinator.http;

/** The active coordinator does not accept a plan, although its configuration is valid. */
final class NotTakenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NotTakenException(String message) {
    super(message);
  }
}
