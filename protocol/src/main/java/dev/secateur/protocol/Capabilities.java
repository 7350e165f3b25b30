package dev.secateur.protocol;

import java.util.Map;
import java.util.Set;

/**
 * The capabilities of a worker.
 *
 * @param device such as {@code cpu} or {@code cuda:0}
 * @param memory bytes of the device, or of the machine if the device is its processor; 0 if unknown
 * @param precisions that its device computes in
 * @param versions of the computing software, by name
 * @param models hashes of the base models that it holds
 * @param codeVersion of its stages; {@link CodeVersion#UNKNOWN} for workers that are too old to
 *     report it, which match no version
 * @param disk the room for what it writes
 * @param deviceName {@link DeviceName#UNKNOWN} where the system does not report it, or the worker
 *     is too old to
 */
public record Capabilities(
    String device,
    long memory,
    Set<Precision> precisions,
    Map<String, String> versions,
    Set<String> models,
    CodeVersion codeVersion,
    Disk disk,
    DeviceName deviceName) {
  public Capabilities {
    codeVersion = codeVersion == null ? CodeVersion.UNKNOWN : codeVersion;
    disk = disk == null ? new Disk.Unknown() : disk;
    deviceName = deviceName == null ? DeviceName.UNKNOWN : deviceName;
  }

  /** Of a worker whose room on disk and device name are unknown. */
  public Capabilities(
      String device,
      long memory,
      Set<Precision> precisions,
      Map<String, String> versions,
      Set<String> models,
      CodeVersion codeVersion) {
    this(
        device,
        memory,
        precisions,
        versions,
        models,
        codeVersion,
        new Disk.Unknown(),
        DeviceName.UNKNOWN);
  }

  public Capabilities with(Disk other) {
    return new Capabilities(
        device, memory, precisions, versions, models, codeVersion, other, deviceName);
  }

  /** The same on a device that its maker calls so. */
  public Capabilities named(DeviceName name) {
    return new Capabilities(device, memory, precisions, versions, models, codeVersion, disk, name);
  }

  /**
   * Whether its device is one that is asked for.
   *
   * @param asked {@code cpu}, {@code gpu}, or a part of what the device's maker calls it, in any
   *     case
   */
  public boolean isOn(String asked) {
    return switch (asked) {
      case "cpu" -> device.equals("cpu");
      case "gpu" -> device.startsWith("cuda:");
      default -> deviceName.contains(asked);
    };
  }
}
