package dev.secateur.source;

/**
 * This machine has other files at a place than the sweep was planned with; another may be right.
 */
public final class DifferentFilesException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DifferentFilesException(String message) {
    super(message);
  }
}
