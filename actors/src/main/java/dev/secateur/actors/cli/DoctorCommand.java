package dev.secateur.actors.cli;

import ai.djl.engine.Engine;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.actors.node.NodeSettings;
import dev.secateur.natives.Natives;
import dev.secateur.protocol.InputException;
import dev.secateur.tensor.Devices;
import dev.secateur.tensor.SelfTest;
import dev.secateur.tensor.Versions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code secateur doctor}: whether this machine can compute, and with what. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description =
        "Prints versions, devices, memory and where the natives come from, and tests them.")
final class DoctorCommand implements Callable<Integer> {
  private static final String FLAVOR = "PYTORCH_FLAVOR";

  @Mixin private NodeOptions node;

  @Option(names = "--json", description = "One JSON object.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Map<String, String> findings = new LinkedHashMap<>();
    List<String> problems = new ArrayList<>();
    NodeSettings settings = node.settings();
    Optional<Natives> remembered = remembered(problems);
    natives(settings, remembered, findings, problems);
    GpuFindings gpu = GpuFindings.here(remembered, isForCuda(), settings.device());
    findings.putAll(gpu.values());
    memory(findings);
    try {
      findings.put("work folder", node.work(settings).root().toString());
    } catch (RuntimeException e) {
      problems.add(e.getMessage());
    }
    print(findings, gpu.missing(), problems);
    return problems.isEmpty() && gpu.missing().isEmpty() ? 0 : Main.FAILURE;
  }

  private Optional<Natives> remembered(List<String> problems) {
    try {
      return node.natives().read();
    } catch (InputException e) {
      problems.add(e.getMessage());
      return Optional.empty();
    }
  }

  private static void natives(
      NodeSettings settings,
      Optional<Natives> remembered,
      Map<String, String> findings,
      List<String> problems) {
    findings.put("natives", nativesFrom(remembered));
    try {
      Versions.all().forEach(findings::put);
      int gpus = Engine.getInstance().getGpuCount();
      findings.put("gpus", Integer.toString(gpus));
      String name = Devices.name(Devices.named(settings.device()));
      findings.put("device", name + " (asked for: " + settings.device() + ")");
      SelfTest.run(Devices.named(settings.device()));
      findings.put("self-test", "passed: create, multiply, differentiate, compare");
    } catch (RuntimeException | LinkageError e) {
      problems.add("natives: " + reason(e));
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

  private static void memory(Map<String, String> findings) {
    findings.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    var system =
        (com.sun.management.OperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean();
    findings.put(
        "memory",
        (system.getTotalMemorySize() >> 20)
            + " MiB, "
            + (system.getFreeMemorySize() >> 20)
            + " MiB free; Java heap at most "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB");
  }

  private void print(
      Map<String, String> findings, List<GpuFindings.Missing> missing, List<String> problems) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode root = new ObjectMapper().createObjectNode();
      findings.forEach(root::put);
      problems.forEach(root.putArray("problems")::add);
      ArrayNode array = root.putArray("missing");
      missing.forEach(each -> array.addObject().put("what", each.what()).put("mend", each.mend()));
      out.println(root.toPrettyString());
    } else {
      findings.forEach((name, value) -> out.printf("%-12s %s%n", name, value));
      problems.forEach(problem -> out.println("problem: " + problem));
      missing.forEach(
          each -> out.println("missing: " + each.what() + "; mend it with: " + each.mend()));
      int count = problems.size() + missing.size();
      out.println(count == 0 ? "all is well" : count + " problems");
    }
    out.flush();
  }
}
