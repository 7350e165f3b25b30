package dev.secateur.actors.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.json.Json;
import dev.secateur.tensor.Gpus;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The findings of {@code secateur doctor}, in their order. */
final class DoctorReport {
  private static final String GPUS = "gpus";

  private final Map<String, String> findings = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<Gpus.Gpu> gpus = new ArrayList<>();
  private final List<GpuFindings.Missing> missing = new ArrayList<>();

  void add(String name, String value) {
    findings.put(name, value);
  }

  void problem(String problem) {
    problems.add(problem);
  }

  /** What the system says of GPUs, and what they lack. */
  void gpuFindings(GpuFindings found) {
    findings.putAll(found.values());
    missing.addAll(found.missing());
  }

  /** Looks at something, whose failure is a problem. */
  void check(Runnable look) {
    try {
      look.run();
    } catch (RuntimeException e) {
      problem(e.getMessage());
    }
  }

  /** The GPUs that the natives see, each with a line of its own, and their driver. */
  void gpus(Optional<String> driver, List<Gpus.Gpu> here) {
    add("driver", driver.map(version -> "NVIDIA " + version).orElse("no NVIDIA driver"));
    gpus.addAll(here);
    add(
        GPUS,
        gpus.isEmpty() ? "none: the native libraries see no GPU" : Integer.toString(gpus.size()));
    gpus.forEach(gpu -> add(gpu.device(), line(gpu)));
  }

  private static String line(Gpus.Gpu gpu) {
    String memory =
        gpu.memory() instanceof Gpus.Memory.Known known
            ? mib(known.free()) + " MiB free of " + mib(known.total()) + " MiB"
            : "memory unknown: the driver does not report it";
    return gpu.name().orElse("a GPU without a name") + ", " + memory;
  }

  private static long mib(long bytes) {
    return bytes >> 20;
  }

  boolean isWell() {
    return problems.isEmpty() && missing.isEmpty();
  }

  void print(PrintWriter out, boolean json) {
    if (json) {
      out.println(json().toPrettyString());
    } else {
      findings.forEach((name, value) -> out.printf("%-12s %s%n", name, value));
      problems.forEach(problem -> out.println("problem: " + problem));
      missing.forEach(
          each -> out.println("missing: " + each.what() + "; fix it with: " + each.mend()));
      int count = problems.size() + missing.size();
      out.println(count == 0 ? "no problems found" : count + " problems");
    }
    out.flush();
  }

  /** GPUs are an array of objects, with bytes. */
  private ObjectNode json() {
    ObjectNode root = Json.object();
    findings.forEach(root::put);
    gpus.forEach(gpu -> root.remove(gpu.device()));
    ArrayNode each = root.putArray(GPUS);
    for (Gpus.Gpu gpu : gpus) {
      ObjectNode node = each.addObject().put("device", gpu.device());
      gpu.name().ifPresent(name -> node.put("name", name));
      if (gpu.memory() instanceof Gpus.Memory.Known known) {
        node.put("memory", known.total()).put("free", known.free());
      }
    }
    problems.forEach(root.putArray("problems")::add);
    ArrayNode lacking = root.putArray("missing");
    missing.forEach(lack -> lacking.addObject().put("what", lack.what()).put("mend", lack.mend()));
    return root;
  }
}
