package dev.secateur.coordinator.config;

import static dev.secateur.coordinator.config.Key.object;
import static dev.secateur.coordinator.config.Key.text;
import static dev.secateur.coordinator.config.Key.whole;

import com.typesafe.config.ConfigObject;
import dev.secateur.protocol.LatencyProtocol;
import dev.secateur.protocol.Scope;
import dev.secateur.protocol.SweepConfig;
import dev.secateur.protocol.SweepConfig.Timing;
import dev.secateur.protocol.Target;
import java.util.List;
import java.util.Optional;

/** Reads {@code timing}. */
public final class TimingSection {
  public static final Key<Integer> BATCH =
      whole("batch", 1, 100_000, 1, "batch size: sequences per timed forward pass");
  public static final Key<Integer> LENGTH =
      whole("length", 1, 1_000_000, 64, "tokens per sequence of timed passes");
  public static final Key<Integer> WARMUP =
      whole("warmup", 0, 100_000, 3, "warm-up passes, not measured");
  public static final Key<Integer> REPETITIONS =
      whole("repetitions", 1, 1_000_000, 10, "pairs of runs for each width; their median is used");

  private static final Key<String> DEVICE =
      text(
          "device",
          "device to time structures on: `cpu`, `gpu`, or a part of a GPU's name, such as"
              + " `H100`; its times are not used for other devices; required by target `latency`");
  private static final Key<ConfigObject> TIMING =
      object("timing", "how target `latency` measures the times of structures");

  private TimingSection() {}

  /** What it says; without a device where no target needs it. */
  static Timing read(Section root, List<Scope> scopes, List<Target> targets) {
    Section section = root.sectionOrEmpty(TIMING);
    Optional<String> device = section.find(DEVICE);
    LatencyProtocol protocol =
        new LatencyProtocol(
            section.get(BATCH),
            section.get(LENGTH),
            0,
            section.get(WARMUP),
            section.get(REPETITIONS));
    section.finish();
    boolean needed = targets.contains(Target.LATENCY) && scopes.contains(Scope.MEASURED);
    if (needed && device.isEmpty()) {
      root.problem(
          "targets",
          "has 'latency', which needs 'timing.device': cpu, gpu, or a part of a GPU's name,"
              + " since times of one device do not apply to another");
    }
    return new Timing(device.filter(any -> needed).orElse(""), protocol);
  }

  /** Whether a sweep has sizes that are unknown before times are measured. */
  static boolean sizesWait(SweepConfig sweep) {
    return sweep.targets().contains(Target.LATENCY);
  }
}
