package dev.secateur.tensor;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The machine of a computation, as provenance records it. */
public final class Machine {
  private static final Path HOST = Path.of("/proc/sys/kernel/hostname");
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private Machine() {}

  /**
   * Host, device, what the device is called by its maker where the system tells, the native
   * library's threads where they are set, and {@link Versions}; by name.
   */
  public static Map<String, String> of(Device device) {
    Map<String, String> machine = new TreeMap<>(Versions.all());
    first(lines(HOST), "").ifPresent(host -> machine.put("host", host));
    machine.put("device", Devices.name(device));
    (device.isGpu() ? Gpus.names() : first(lines(PROCESSORS), "model name"))
        .ifPresent(name -> machine.put("device_name", name));
    Optional.ofNullable(System.getProperty(THREADS)).ifPresent(n -> machine.put("threads", n));
    return machine;
  }

  /** What stands in the first line that begins so, after the colon where it has one. */
  private static Optional<String> first(List<String> lines, String begin) {
    return lines.stream()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.isEmpty() ? 0 : line.indexOf(':') + 1).strip())
        .filter(text -> !text.isEmpty())
        .findFirst();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      return List.of();
    }
  }
}
