package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.regex.Pattern;

/** The memory of a device, and the errors that report that it is used up. */
public final class DeviceMemory {
  /** As libtorch, CUDA's libraries, the system and Java say it of memory outside Java's heap. */
  private static final Pattern EXHAUSTED =
      Pattern.compile(
          "(?i)out of memory|can(?:'t|not) allocate memory|not enough memory|bad_alloc"
              + "|STATUS_ALLOC_FAILED|direct buffer memory");

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

  /** Whether a failure says that a device, or the machine beside it, has no memory left. */
  public static boolean isExhausted(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (EXHAUSTED.matcher(String.valueOf(cause.getMessage())).find()) {
        return true;
      }
    }
    return false;
  }

  private static long ofGpu(Device device) {
    try {
      return CudaUtils.getGpuMemory(device).getMax();
    } catch (RuntimeException | LinkageError e) {
      return 0;
    }
  }
}
