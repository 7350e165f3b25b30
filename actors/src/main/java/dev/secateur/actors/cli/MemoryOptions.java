package dev.secateur.actors.cli;

import dev.secateur.coordinator.config.CalibrationSection;
import dev.secateur.coordinator.config.EvaluationSection;
import dev.secateur.coordinator.config.Key;
import dev.secateur.coordinator.config.RecoverySection;
import dev.secateur.coordinator.config.Values;
import dev.secateur.protocol.InputException;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options for the memory report, and the sizes that it assumes. */
final class MemoryOptions {
  private static final Key<Long> DEVICE_MEMORY =
      Key.bytes("device-memory", "the memory of the device");
  private static final List<Key<Integer>> SIZES =
      List.of(
          CalibrationSection.SAMPLES,
          CalibrationSection.LENGTH,
          EvaluationSection.WINDOW,
          EvaluationSection.WINDOWS,
          RecoverySection.BATCH,
          RecoverySection.CUTOFF,
          RecoverySection.RANK);

  @Option(
      names = "--memory",
      description =
          "Print the device and host memory that each stage needs, for each way to keep the"
              + " weights.")
  private boolean asked;

  @Option(
      names = "--device-memory",
      paramLabel = "SIZE",
      description =
          "With --memory: memory of the device, such as 24GiB; prints which" + " settings fit.")
  private String deviceMemory;

  @Mixin private KeyOptions sizes = new KeyOptions(MemoryOptions::declare);

  private static void declare(Values values) {
    SIZES.forEach(values::get);
    values.get(RecoverySection.microBatch(RecoverySection.BATCH.otherwise().orElseThrow()));
  }

  boolean isAsked() {
    return asked;
  }

  /**
   * Checks that nothing is said of memory that nobody asked for.
   *
   * @throws InputException that names the option
   */
  void check() {
    Stream<String> given =
        Stream.concat(
            deviceMemory == null ? Stream.of() : Stream.of(DEVICE_MEMORY.name()),
            Stream.concat(SIZES.stream(), Stream.of(RecoverySection.microBatch(1_000_000)))
                .filter(key -> sizes.find(key).isPresent())
                .map(Key::name));
    given
        .filter(name -> !asked)
        .findFirst()
        .ifPresent(
            name -> {
              throw new InputException("--" + name + " needs --memory");
            });
    deviceMemory();
    microBatch();
  }

  int get(Key<Integer> key) {
    return sizes.get(key);
  }

  int microBatch() {
    return sizes.get(RecoverySection.microBatch(sizes.get(RecoverySection.BATCH)));
  }

  /**
   * Bytes of the device, where they were given.
   *
   * @throws InputException when they are no size with a unit
   */
  OptionalLong deviceMemory() {
    if (deviceMemory == null) {
      return OptionalLong.empty();
    }
    try {
      if (deviceMemory.strip().matches("[\\d.]*")) {
        throw new InputException(
            "is " + deviceMemory + ", a number without a unit; write " + deviceMemory + "GiB");
      }
      return OptionalLong.of(DEVICE_MEMORY.of(deviceMemory));
    } catch (InputException e) {
      throw new InputException("--device-memory " + e.getMessage(), e);
    }
  }
}
