package dev.secateur.memory;

import ai.djl.Device;
import dev.secateur.checkpoint.Allowance;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.tensor.DeviceMemoryException;
import dev.secateur.tensor.Devices;

/**
 * The host memory that a process with a GPU needs. Mapped files do not count.
 *
 * @param process bytes of Java, libtorch and data about units
 * @param pinned bytes that are locked in memory for copies of weights to the device; libtorch keeps
 *     them. Token ids and masks of attention are not counted.
 */
public record HostNeed(long process, long pinned) {
  public static HostNeed of(MemoryModel model) {
    return new HostNeed(model.host(), model.pinned());
  }

  /**
   * Of a checkpoint that is to be opened; where the device is the processor, its memory is the
   * host's, and what is computed on it counts all of it.
   *
   * @throws DeviceMemoryException with the figures, where the host has less for this process
   */
  public static void check(Checkpoint checkpoint, Device device, Allowance allowance) {
    if (device.isGpu()) {
      of(MemoryModel.of(checkpoint))
          .check(checkpoint.folder().toString(), Devices.name(device), allowance.host());
    }
  }

  void check(String what, String device, long share) {
    if (process + pinned > share) {
      throw DeviceMemoryException.tooSmall(
          String.format(
              "%s on %s needs %d MiB of host memory, %d of them pinned for copies to the GPU;"
                  + " this process has a share of %d MiB (start fewer worker processes on this"
                  + " host, or raise secateur.worker.host-memory)",
              what, device, (process + pinned) >> 20, pinned >> 20, share >> 20));
    }
  }
}
