package dev.secateur.actors.cli;

import dev.secateur.actors.node.NodeSettings;
import dev.secateur.natives.Natives;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.Gpus;
import dev.secateur.tensor.SelfTest;
import dev.secateur.tensor.Versions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code secateur doctor}: whether this machine can compute, and with what. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Prints versions, devices, memory and the source of the native libraries, and tests them.")
final class DoctorCommand implements Callable<Integer> {
  private static final String FLAVOR = "PYTORCH_FLAVOR";

  @Mixin private NodeOptions node;

  @Mixin private JsonOption json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    DoctorReport report = new DoctorReport();
    NodeSettings settings = node.settings();
    Optional<Natives> remembered = remembered(report);
    natives(settings, remembered, report);
    report.gpuFindings(GpuFindings.here(remembered, isForCuda(), settings.device()));
    memory(settings, report);
    report.check(() -> report.add("work folder", node.work(settings).root().toString()));
    report.print(spec.commandLine().getOut(), json.isGiven());
    return report.isWell() ? 0 : Main.FAILURE;
  }

  private Optional<Natives> remembered(DoctorReport report) {
    try {
      return node.natives().read();
    } catch (InputException e) {
      report.problem(e.getMessage());
      return Optional.empty();
    }
  }

  private static void natives(
      NodeSettings settings, Optional<Natives> remembered, DoctorReport report) {
    report.add("natives", nativesFrom(remembered));
    try {
      Versions.all().forEach(report::add);
      report.gpus(Gpus.driver(), Gpus.here());
      String name = Devices.name(Devices.named(settings.device()));
      report.add("device", name + " (asked for: " + settings.device() + ")");
      SelfTest.run(Devices.named(settings.device()));
      report.add("self-test", "passed: create, multiply, differentiate, compare");
    } catch (RuntimeException | LinkageError e) {
      report.problem("natives: " + reason(e));
    }
  }

  /** What the loader of natives says stands in the cause of what the engine says. */
  private static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root == failure || root.getMessage() == null
        ? failure.getMessage()
        : failure.getMessage() + ": " + root.getMessage();
  }

  private static boolean isForCuda() {
    return Optional.ofNullable(System.getenv(FLAVOR))
        .or(() -> Optional.ofNullable(System.getProperty(FLAVOR)))
        .filter(flavor -> Natives.chosen().isPresent() && flavor.startsWith("cu"))
        .isPresent();
  }

  private static String nativesFrom(Optional<Natives> remembered) {
    String environment = System.getenv("PYTORCH_LIBRARY_PATH");
    if (environment != null) {
      return "PYTORCH_LIBRARY_PATH=" + environment + ", PYTORCH_FLAVOR=" + System.getenv(FLAVOR);
    }
    return remembered
        .filter(natives -> Natives.chosen().equals(Optional.of(natives.library().toString())))
        .map(natives -> natives.library() + ", " + natives.flavor().label() + ", as installed")
        .or(Natives::chosen)
        .orElseGet(
            () ->
                "jars of this build, unpacked below "
                    + Optional.ofNullable(System.getenv("DJL_CACHE_DIR"))
                        .orElse(Path.of(System.getProperty("user.home"), ".djl.ai").toString()));
  }

  private static void memory(NodeSettings settings, DoctorReport report) {
    report.add("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    var system =
        (com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    report.add(
        "memory",
        (system.getTotalMemorySize() >> 20)
            + " MiB, "
            + (system.getFreeMemorySize() >> 20)
            + " MiB free; Java heap at most "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB");
    report.check(
        () ->
            report.add(
                "budget",
                (settings.hostBudget().bytes() >> 20)
                    + " MiB of the host for all workers together ("
                    + NodeSettings.HOST_MEMORY
                    + ")"));
  }
}
