package dev.secateur.protocol;

/**
 * Something in the user's input is wrong: a file, a key, a tensor, an option. The message is one
 * line that names it, what was found and what to do. It needs no stack trace, and a retry does not
 * help.
 */
public final class InputException extends RuntimeException {
  public InputException(String message) {
    super(message);
  }

  public InputException(String message, Throwable cause) {
    super(message, cause);
  }
}
