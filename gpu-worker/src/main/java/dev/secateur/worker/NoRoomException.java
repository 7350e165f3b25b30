package dev.secateur.worker;

/**
 * A stage finds no room on its worker's disk, or its artifact finds none in the coordinator's
 * store. That is no failure of the stage; its task is returned.
 */
public final class NoRoomException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param message what is needed and what is free, in a line
   */
  public NoRoomException(String message) {
    super(message);
  }
}
