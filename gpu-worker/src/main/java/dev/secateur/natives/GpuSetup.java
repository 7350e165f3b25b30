package dev.secateur.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the system reports about NVIDIA GPUs, without any library.
 *
 * @param root of the file system
 */
public record GpuSetup(Path root) {
  private static final Pattern VERSION =
      Pattern.compile("Module\\S*(?:\\s+for\\s+\\S+)?\\s+(\\d[\\d.]*)");
  private static final Pattern ID = Pattern.compile("(?m)^ID(?:_LIKE)?=\"?([^\"\\n]+)");
  private static final String NVIDIA = "0x10de";
  private static final String DISPLAY = "0x03";

  /** The driver's version, {@code unknown} where it does not tell; empty where there is none. */
  public Optional<String> driver() {
    if (!Files.isDirectory(root.resolve("proc/driver/nvidia"))) {
      return Optional.empty();
    }
    Matcher version = VERSION.matcher(text(root.resolve("proc/driver/nvidia/version")));
    return Optional.of(version.find() ? version.group(1) : "unknown");
  }

  /** How many GPUs of NVIDIA are plugged in, whether a driver runs them or not. */
  public int cards() {
    return (int)
        count(
            root.resolve("sys/bus/pci/devices"),
            device ->
                text(device.resolve("vendor")).startsWith(NVIDIA)
                    && text(device.resolve("class")).startsWith(DISPLAY));
  }

  /** How many GPUs the driver runs. */
  public int driven() {
    return (int) count(root.resolve("proc/driver/nvidia/gpus"), Files::isDirectory);
  }

  /** Whether this is a container, whose host has the driver. */
  private boolean isContainer() {
    return Files.exists(root.resolve(".dockerenv"))
        || Files.exists(root.resolve("run/.containerenv"));
  }

  /** The command that brings the driver here. */
  public String driverCommand() {
    if (isContainer()) {
      return "docker run --gpus all ... (the host's driver comes with NVIDIA's container toolkit)";
    }
    String system = " " + String.join(" ", ids()) + " ";
    if (system.contains(" ubuntu ")) {
      return "sudo ubuntu-drivers install";
    } else if (system.contains(" debian ")) {
      return "sudo apt-get install nvidia-driver";
    } else if (system.contains(" fedora ") || system.contains(" rhel ")) {
      return "sudo dnf install cuda-drivers";
    }
    return "install NVIDIA's driver, 525.60 or newer, from your system's packages";
  }

  private Iterable<String> ids() {
    return ID.matcher(text(root.resolve("etc/os-release")))
        .results()
        .map(result -> result.group(1))
        .toList();
  }

  private static long count(Path folder, Predicate<Path> accepted) {
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(accepted).count();
    } catch (IOException e) {
      return 0;
    }
  }

  private static String text(Path file) {
    try {
      return Files.isReadable(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      return "";
    }
  }
}
