package dev.secateur.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The GPUs of this machine. */
public final class Gpus {
  private static final Path DRIVER = Path.of("/proc/driver/nvidia");
  private static final Pattern VERSION = Pattern.compile("\\s(\\d{2,}\\.\\d+(?:\\.\\d+)?)\\s");

  private Gpus() {}

  /** A GPU. */
  public static final class Gpu {
    private final String device;
    private final String name; // null where the system does not tell
    private final Memory memory;

    /**
     * @param device such as {@code cuda:0}
     * @param name what its maker calls it, where the system tells
     */
    public Gpu(String device, Optional<String> name, Memory memory) {
      this.device = device;
      this.name = name.orElse(null);
      this.memory = memory;
    }

    public String device() {
      return device;
    }

    public Optional<String> name() {
      return Optional.ofNullable(name);
    }

    public Memory memory() {
      return memory;
    }
  }

  /** The memory of a GPU. */
  public sealed interface Memory {
    /** Bytes, and those that no process has taken. */
    record Known(long total, long free) implements Memory {}

    /** The driver does not tell. */
    record Unknown() implements Memory {}
  }

  /** Those that the native library, which this loads, sees. */
  public static List<Gpu> here() {
    Optional<String> name = names(DRIVER);
    return IntStream.range(0, Engine.getInstance().getGpuCount())
        .mapToObj(Device::gpu)
        .map(gpu -> new Gpu(Devices.name(gpu), name, memory(gpu)))
        .toList();
  }

  private static Memory memory(Device gpu) {
    try {
      MemoryUsage usage = CudaUtils.getGpuMemory(gpu);
      return new Memory.Known(usage.getMax(), usage.getMax() - usage.getUsed());
    } catch (RuntimeException | LinkageError e) {
      return new Memory.Unknown();
    }
  }

  /** The version of NVIDIA's driver, if one is loaded. */
  public static Optional<String> driver() {
    return driver(DRIVER);
  }

  /** What GPUs are called; all names where they differ, since CUDA orders them in its own way. */
  static Optional<String> names() {
    return names(DRIVER);
  }

  static Optional<String> names(Path folder) {
    Path gpus = folder.resolve("gpus");
    if (!Files.isDirectory(gpus)) {
      return Optional.empty();
    }
    try (Stream<Path> each = Files.list(gpus)) {
      String names =
          each.flatMap(gpu -> lines(gpu.resolve("information")))
              .filter(line -> line.startsWith("Model:"))
              .map(line -> line.substring(line.indexOf(':') + 1).strip())
              .distinct()
              .sorted()
              .collect(Collectors.joining(" or "));
      return Optional.of(names).filter(text -> !text.isEmpty());
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  static Optional<String> driver(Path folder) {
    return lines(folder.resolve("version"))
        .filter(line -> line.startsWith("NVRM version"))
        .map(VERSION::matcher)
        .filter(Matcher::find)
        .map(version -> version.group(1))
        .findFirst();
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.isReadable(file) ? Files.readAllLines(file).stream() : Stream.of();
    } catch (IOException e) {
      return Stream.of();
    }
  }
}
