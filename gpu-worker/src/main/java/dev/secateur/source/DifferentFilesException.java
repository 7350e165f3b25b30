package dev.secateur.source;

/**
 * The files at a place on this machine differ from those that the sweep was planned with; another
 * machine may have the right ones.
 */
public final class DifferentFilesException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DifferentFilesException(String message) {
    super(message);
  }
}
