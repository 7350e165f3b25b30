package dev.secateur.tensor;

import ai.djl.Device;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A GPU has failed in a way after which nothing can be computed on it by this process: CUDA repeats
 * such an error at every later call. Another process may find the GPU again.
 */
public final class DeviceLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * What {@code cudaGetErrorString}, the driver, cuBLAS and cuDNN say of errors that stay, as
   * libtorch passes it on. Running out of memory is none, nor is a call that CUDA refuses.
   */
  private static final Pattern LOST =
      Pattern.compile(
          "(?i)uncorrectable ECC error|uncorrectable NVLink error|unspecified launch failure"
              + "|illegal memory access|illegal instruction was encountered"
              + "|misaligned address|invalid program counter|hardware stack error"
              + "|operation not supported on global/shared address space"
              + "|device-side assert|launch timed out|no CUDA-capable device"
              + "|CUDA-capable device\\S* \\S+ busy or unavailable"
              + "|CUDA error: (?:unknown error|initialization error|invalid device ordinal"
              + "|driver shutting down|system not yet initialized|context is destroyed)"
              + "|CUDA driver error|CUDA error: device kernel image is invalid"
              + "|peer GPU memory over nvlink or a hardware error|GPU is lost"
              + "|device lost|fallen off the bus|\\bXid\\b"
              + "|CUBLAS_STATUS_EXECUTION_FAILED|CUDNN_STATUS_EXECUTION_FAILED");

  private DeviceLostException(String message, Throwable cause) {
    super(message, cause);
  }

  /** Such a failure of a GPU, said in one line; absent where it is another, or of a processor. */
  public static Optional<DeviceLostException> of(Throwable failure, Device device) {
    if (!device.isGpu() || DeviceMemory.isExhausted(failure)) {
      return Optional.empty();
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (LOST.matcher(String.valueOf(cause.getMessage())).find()) {
        return Optional.of(
            new DeviceLostException(
                "the GPU " + Devices.name(device) + " has failed: " + reason(cause), failure));
      }
    }
    return Optional.empty();
  }

  /** The line that names the error, of a message that may bring a trace along. */
  private static String reason(Throwable cause) {
    return cause
        .getMessage()
        .lines()
        .filter(line -> LOST.matcher(line).find())
        .findFirst()
        .orElse("")
        .replaceFirst("^\\s*(?:[\\w.]+(?:Error|Exception): )+", "")
        .replaceFirst("\\s*Exception raised from.*", "")
        .strip();
  }
}
