package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.natives.GpuSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor misses of a GPU, on machines that tests make up. */
class GpuFindingsTest {
  private static final Optional<String> NO_RUNTIME = Optional.empty();

  @TempDir Path root;

  private void driver() throws IOException {
    Files.createDirectories(root.resolve("proc/driver/nvidia/gpus/0000:01:00.0"));
    Files.writeString(
        root.resolve("proc/driver/nvidia/version"), "NVIDIA UNIX Kernel Module  550.54.15  x\n");
  }

  private GpuFindings of(boolean cuda, Optional<String> count, String device) {
    return GpuFindings.of(new GpuSetup(root), Optional.empty(), cuda, count, device);
  }

  private static List<String> mends(GpuFindings findings) {
    return findings.missing().stream().map(GpuFindings.Missing::mend).toList();
  }

  @Test
  void nothingIsMissedOnAMachineWithoutAGpu() {
    GpuFindings findings = of(false, NO_RUNTIME, "auto");
    assertThat(findings.values()).containsEntry("nvidia cards", "none");
    assertThat(findings.missing()).isEmpty();
  }

  @Test
  void aGpuThatIsAskedForNeedsDriverAndLibtorch() {
    GpuFindings findings = of(false, NO_RUNTIME, "cuda:0");
    assertThat(findings.missing()).hasSize(2);
    assertThat(findings.missing().get(0).what()).contains("/proc/driver/nvidia");
    assertThat(mends(findings).get(1)).isEqualTo("secateur natives install");
  }

  @Test
  void aGpuWithADriverNeedsLibtorchForCudaAndItsRuntime() throws Exception {
    driver();
    assertThat(of(false, NO_RUNTIME, "auto").values())
        .containsEntry("nvidia cards", "1, of which the driver runs 1");
    assertThat(mends(of(false, NO_RUNTIME, "auto"))).containsExactly("secateur natives install");
    assertThat(of(true, NO_RUNTIME, "auto").missing())
        .singleElement()
        .satisfies(missing -> assertThat(missing.what()).contains("libcudart"));
  }

  @Test
  void aGpuThatCudaDoesNotSeeIsMissed() throws Exception {
    driver();
    assertThat(of(true, Optional.of("0 (no device, CUDA's error 100)"), "auto").missing())
        .singleElement()
        .satisfies(missing -> assertThat(missing.what()).contains("no device"));
    assertThat(mends(of(true, Optional.of("0 (too old, CUDA's error 35)"), "auto")).get(0))
        .contains("525.60");
    assertThat(of(true, Optional.of("1"), "auto").missing()).isEmpty();
  }
}
