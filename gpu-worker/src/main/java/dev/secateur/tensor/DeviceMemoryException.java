package dev.secateur.tensor;

/** A device has too little memory for an operation. */
public final class DeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * @param sizes of what it was asked
   */
  public DeviceMemoryException(String sizes, Throwable cause) {
    super("the device is out of memory: " + sizes, cause);
  }

  private DeviceMemoryException(String message) {
    super(message);
  }

  /**
   * What a device is not even given to do.
   *
   * @param message with what it needs and has
   */
  public static DeviceMemoryException tooSmall(String message) {
    return new DeviceMemoryException(message);
  }
}
