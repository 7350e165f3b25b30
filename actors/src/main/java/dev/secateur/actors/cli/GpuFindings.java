package dev.secateur.actors.cli;

import dev.secateur.natives.CudaRuntime;
import dev.secateur.natives.GpuSetup;
import dev.secateur.natives.Natives;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What this machine has for computing on a GPU, and what is missing.
 *
 * @param values what was found, by name
 * @param missing in the order in which to fix it
 */
record GpuFindings(Map<String, String> values, List<Missing> missing) {
  private static final String INSTALL = "secateur natives install";
  private static final int INSUFFICIENT_DRIVER = 35;

  /**
   * @param mend the command that brings it
   */
  record Missing(String what, String mend) {}

  /**
   * @param system what the system says
   * @param remembered the natives of the work folder
   * @param cuda whether the natives that this process uses are built for CUDA
   * @param count what the CUDA runtime says, empty where none was found
   * @param device that was asked for
   */
  static GpuFindings of(
      GpuSetup system,
      Optional<Natives> remembered,
      boolean cuda,
      Optional<String> count,
      String device) {
    GpuFindings found = new GpuFindings(new LinkedHashMap<>(), new ArrayList<>());
    Optional<String> driver = system.driver();
    int cards = Math.max(system.cards(), system.driven());
    found.values.put(
        "nvidia cards",
        driver
            .map(version -> cards + ", of which the driver runs " + system.driven())
            .orElse(cards == 0 ? "none" : cards + ", without a driver"));
    found.values.put("cuda runtime", count.map(n -> "sees GPUs: " + n).orElse("none found"));
    remembered
        .filter(natives -> !natives.isThere())
        .ifPresent(
            gone -> found.add("the native libraries that were in " + gone.library(), INSTALL));
    if (cards > 0 || driver.isPresent() || device.startsWith("cuda")) {
      found.forGpu(system, cuda, count);
    }
    return found;
  }

  private void forGpu(GpuSetup system, boolean cuda, Optional<String> count) {
    if (system.driver().isEmpty()) {
      add("NVIDIA's driver (there is no /proc/driver/nvidia)", system.driverCommand());
    }
    if (!cuda) {
      if (missing.stream().noneMatch(each -> each.mend.equals(INSTALL))) {
        add("libtorch for CUDA", INSTALL);
      }
    } else if (count.isEmpty()) {
      add("the CUDA runtime, libcudart", INSTALL);
    } else if (!count.get().matches("[1-9]\\d*") && system.driver().isPresent()) {
      add("a GPU that CUDA sees (" + count.get() + ")", visible(system, count.get()));
    }
  }

  private static String visible(GpuSetup system, String count) {
    if (System.getenv("CUDA_VISIBLE_DEVICES") != null) {
      return "unset CUDA_VISIBLE_DEVICES";
    }
    return count.contains("error " + INSUFFICIENT_DRIVER + ")")
        ? system.driverCommand() + " (CUDA 12 needs 525.60 or newer, and its libcuda.so.1)"
        : "nvidia-smi (it reports what is wrong with the GPU)";
  }

  private void add(String what, String mend) {
    missing.add(new Missing(what, mend));
  }

  /** Those of this machine, once the engine has started. */
  static GpuFindings here(Optional<Natives> remembered, boolean cuda, String device) {
    return of(new GpuSetup(Path.of("/")), remembered, cuda, CudaRuntime.count(), device);
  }
}
