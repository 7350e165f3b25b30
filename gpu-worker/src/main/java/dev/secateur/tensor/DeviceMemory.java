package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How much memory a device has, and what its end looks like. */
public final class DeviceMemory {
  private DeviceMemory() {}

  /**
   * Bytes of the device; of the machine, or the container, where it is the processor; 0 where the
   * device does not tell.
   */
  public static long total(Device device) {
    return device.isGpu()
        ? ofGpu(device)
        : ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getTotalMemorySize();
  }

  private static long ofGpu(Device device) {
    try {
      return CudaUtils.getGpuMemory(device).getMax();
    } catch (RuntimeException | LinkageError e) {
      return 0;
    }
  }
}
