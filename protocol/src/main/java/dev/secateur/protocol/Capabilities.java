package dev.secateur.protocol;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The capabilities of a worker.
 *
 * @param device such as {@code cpu} or {@code cuda:0}
 * @param memory bytes of the device, or of the machine if the device is its processor; 0 if unknown
 * @param precisions that its device computes in
 * @param versions of the computing software, by name
 * @param models hashes of the base models that it holds
 * @param codeVersion of its stages; absent for workers that are too old to report it, which match
 *     no version
 * @param disk the room for what it writes; absent if unknown, or for workers that are too old to
 *     report it, and then no stage is too large
 * @param deviceName the manufacturer's name of the device, if the system reports it
 */
public record Capabilities(
    String device,
    long memory,
    Set<Precision> precisions,
    Map<String, String> versions,
    Set<String> models,
    Optional<CodeVersion> codeVersion,
    Optional<DiskRoom> disk,
    Optional<String> deviceName) {
  public Capabilities {
    deviceName = deviceName == null ? Optional.empty() : deviceName; // of workers of before
  }

  /** Of a worker whose room on disk is unknown. */
  public Capabilities(
      String device,
      long memory,
      Set<Precision> precisions,
      Map<String, String> versions,
      Set<String> models,
      Optional<CodeVersion> codeVersion) {
    this(device, memory, precisions, versions, models, codeVersion, Optional.empty());
  }

  /** Of a device whose name is unknown. */
  public Capabilities(
      String device,
      long memory,
      Set<Precision> precisions,
      Map<String, String> versions,
      Set<String> models,
      Optional<CodeVersion> codeVersion,
      Optional<DiskRoom> disk) {
    this(device, memory, precisions, versions, models, codeVersion, disk, Optional.empty());
  }

  public Capabilities with(Optional<DiskRoom> room) {
    return new Capabilities(
        device, memory, precisions, versions, models, codeVersion, room, deviceName);
  }

  /** The same on a device that its maker calls so. */
  public Capabilities named(Optional<String> name) {
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
      default ->
          deviceName
              .filter(
                  name -> name.toLowerCase(Locale.ROOT).contains(asked.toLowerCase(Locale.ROOT)))
              .isPresent();
    };
  }
}
