package dev.secateur.actors.node;

import dev.secateur.memory.MemoryModel;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.DeviceMemory;
import java.util.Collections;
import java.util.List;

/**
 * The memory of a host that its workers share, in equal parts. Mapped checkpoints do not count,
 * since the system keeps their pages once for all processes and takes them back when it needs to.
 *
 * @param bytes that all workers may use together
 */
public record HostBudget(long bytes) {
  /**
   * What one worker may use.
   *
   * @param host bytes of the host
   * @param sharers how many workers compute on its device
   */
  public record Share(String device, long host, int sharers) {}

  /** All memory of this machine, or its container. */
  static HostBudget whole() {
    return new HostBudget(DeviceMemory.total(ai.djl.Device.cpu()));
  }

  /** The shares of workers on these devices, in their order. */
  public List<Share> shares(List<String> devices) {
    long each = share(devices.size());
    return devices.stream()
        .map(device -> new Share(device, each, Collections.frequency(devices, device)))
        .toList();
  }

  /**
   * Bytes for each of this many workers.
   *
   * @throws InputException when Java and libtorch alone need more
   */
  long share(int workers) {
    long each = bytes / Math.max(1, workers);
    if (each < MemoryModel.PROCESS_BYTES) {
      throw new InputException(
          ("%d MiB of host memory are too little for %d workers: each needs %d MiB for Java"
                  + " and libtorch alone; start fewer, or raise %s")
              .formatted(
                  bytes >> 20, workers, MemoryModel.PROCESS_BYTES >> 20, NodeSettings.HOST_MEMORY));
    }
    return each;
  }
}
