package dev.secateur.protocol;

/**
 * Something that the user gave is wrong: a file, a key, a tensor, an option. The message is one
 * line that names the thing, what was found and what to do; no stack trace is needed to understand
 * it, and trying again does not help.
 */
public final class InputException extends RuntimeException {
  public InputException(String message) {
    super(message);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
