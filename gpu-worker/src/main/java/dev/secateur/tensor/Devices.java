package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Devices by the names that options and configurations use: {@code cpu}, {@code cuda:N}, {@code
 * auto}.
 */
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda:(\\d+)");

  /**
   * For tests of what a GPU would refuse: computes in the host's memory, but {@link Kernels} tell
   * its arrays from the host's and DJL makes none on it. No name selects it.
   */
  public static final Device SIMULATED = Device.of("simulated", 0);

  private Devices() {}

  /**
   * @throws InputException when the name is none, or the machine has no such device
   */
  public static Device named(String name) {
    int gpus = Engine.getInstance().getGpuCount();
    Matcher cuda = CUDA.matcher(name);
    if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
      return Device.cpu();
    } else if (name.equals("auto")) {
      return Device.gpu(0);
    } else if (!cuda.matches()) {
      throw new InputException("device '" + name + "' is not one of cpu, cuda:N, auto");
    }
    int index = Integer.parseInt(cuda.group(1));
    if (index >= gpus) {
      throw new InputException(
          "device '"
              + name
              + "': the native libraries see "
              + gpus
              + " GPUs; 'secateur doctor' shows why");
    }
    return Device.gpu(index);
  }

  /** Whether that is the name of one device, which may not be there. */
  public static boolean isOne(String name) {
    return name.equals("cpu") || CUDA.matcher(name).matches();
  }

  /** The names of all GPUs, or of the processor where there is none. */
  public static List<String> all() {
    int gpus = Engine.getInstance().getGpuCount();
    return gpus == 0
        ? List.of("cpu")
        : IntStream.range(0, gpus).mapToObj(index -> "cuda:" + index).toList();
  }

  /** The name of a device. */
  public static String name(Device device) {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }
}
