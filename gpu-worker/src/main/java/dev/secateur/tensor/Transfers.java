package dev.secateur.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * The only two ways to move an array between the memory of the host and that of a device; methods
 * of the same TorchScript module as {@link Kernels}.
 */
public final class Transfers extends ScriptedKernels {
  private static final Transfers TRANSFERS = new Transfers();

  private Transfers() {}

  /** The transfers; the first that is run starts DJL's engine. */
  public static Transfers get() {
    return TRANSFERS;
  }

  /**
   * The elements of an array of the host on the scope's device: the array itself where that is the
   * host. To a GPU they go by pinned memory, and this returns before they are there: what is
   * computed with them on the device waits for them.
   */
  public NDArray toDevice(NDManager scope, NDArray x) {
    Placement.check(x.getManager(), "to_device", x);
    Placement.checkHost(x.getManager(), "to_device");
    return Placement.isHost(scope)
        ? x
        : moved(scope, "to_device", x, Devices.name(scope.getDevice()), scope.getDevice().isGpu());
  }

  /**
   * The elements of an array in the host's memory: the array itself where it lies there. Waits for
   * what the device has still to compute.
   *
   * @param host a manager of the host
   */
  public NDArray toHost(NDManager host, NDArray x) {
    Placement.check(x.getManager(), "to_host", x);
    Placement.checkHost(host, "to_host");
    return Placement.isHost(x.getManager()) ? x : moved(host, "to_host", x);
  }
}
