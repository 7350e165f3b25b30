package dev.secateur.checkpoint;

import ai.djl.Device;
import dev.secateur.protocol.WeightPlacement;
import dev.secateur.tensor.DeviceMemory;

/**
 * The memory that one worker, or one command, may use, and where the weights of its models are
 * kept.
 *
 * @param most configured limit for bytes of its device; 0 for none
 * @param host bytes of the host: its share, if several workers share the host
 * @param sharers how many workers compute on the same GPU
 */
public record Allowance(WeightPlacement placement, long most, long host, int sharers) {
  /** Of the only one on the machine, which may use all of it. */
  public static Allowance of(WeightPlacement placement) {
    return new Allowance(placement, 0, DeviceMemory.total(Device.cpu()), 1);
  }

  /**
   * Bytes of a device: what somebody says, else its share of the GPU, or of the host where the
   * device is the processor; 0 where the GPU does not tell.
   */
  public long memory(Device device) {
    if (most > 0) {
      return most;
    }
    return device.isGpu() ? DeviceMemory.total(device) / sharers : host;
  }
}
