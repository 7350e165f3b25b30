package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * Where arrays lie: a kernel's operands, and the scope that its result belongs to, are of one
 * device, which is that of the managers that made them.
 *
 * <p>On the {@link Devices#SIMULATED simulated device} libtorch, which would refuse a mistake on a
 * GPU, sees none: its arrays carry a mark that only kernels and transfers set, so an array that was
 * attached to its manager without being moved there is detected.
 */
final class Placement {
  private static final String MARK = "on the " + Devices.SIMULATED.getDeviceType() + " device";

  private Placement() {}

  static boolean isHost(NDManager manager) {
    return manager.getDevice().equals(Device.cpu());
  }

  /**
   * @throws IllegalArgumentException when an operand lies elsewhere than the result is to
   */
  static void check(NDManager scope, String kernel, Object... operands) {
    for (int i = 0; i < operands.length; i++) {
      if (operands[i] instanceof NDArray array) {
        check(scope, kernel, i, array);
      } else if (operands[i] instanceof NDArray[] arrays) {
        for (NDArray array : arrays) {
          check(scope, kernel, i, array);
        }
      }
    }
  }

  private static void check(NDManager scope, String kernel, int operand, NDArray array) {
    NDManager manager = array.getManager();
    if (manager == null) {
      return; // closed, which the native side says
    }
    Device device = scope.getDevice();
    if (!manager.getDevice().equals(device)) {
      throw wrong(kernel, operand, array, "lies on " + manager.getDevice() + ", not on " + device);
    } else if (isMarked(array) != device.equals(Devices.SIMULATED)) {
      throw wrong(kernel, operand, array, "was attached to " + device + " and never moved there");
    }
  }

  private static IllegalArgumentException wrong(
      String kernel, int operand, NDArray array, String problem) {
    return new IllegalArgumentException(
        "kernel '%s': operand %d %s %s".formatted(kernel, operand, array.getShape(), problem));
  }

  /**
   * @throws IllegalArgumentException when the result of a kernel that makes arrays of the host is
   *     to belong to a device
   */
  static void checkHost(NDManager scope, String kernel) {
    if (!isHost(scope)) {
      throw new IllegalArgumentException(
          "kernel '%s' makes an array of the host, not of %s".formatted(kernel, scope.getDevice()));
    }
  }

  /** An array that was made on the device of its manager. */
  static <T extends NDArray> T made(T array) {
    if (array.getManager().getDevice().equals(Devices.SIMULATED)) {
      array.setName(MARK);
    }
    return array;
  }

  private static boolean isMarked(NDArray array) {
    return MARK.equals(array.getName());
  }
}
