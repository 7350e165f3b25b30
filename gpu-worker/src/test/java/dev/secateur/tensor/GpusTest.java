package dev.secateur.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What NVIDIA's driver tells in files. */
class GpusTest {
  @TempDir private Path folder;

  private void version(String line) throws IOException {
    Files.writeString(folder.resolve("version"), line + "\nGCC version:  gcc version 12.3.0\n");
  }

  private void gpu(String bus, String model) throws IOException {
    Path gpu = Files.createDirectories(folder.resolve("gpus").resolve(bus));
    Files.writeString(gpu.resolve("information"), "Model: \t\t " + model + "\nIRQ:   \t\t 42\n");
  }

  @Test
  void theDriversVersionIsOneNumberOfItsLine() throws IOException {
    version(
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024");
    assertThat(Gpus.driver(folder)).hasValue("550.54.15");
    version(
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86  Release Build  (x@y)");
    assertThat(Gpus.driver(folder)).hasValue("570.86");
  }

  @Test
  void gpusOfOneModelHaveOneName() throws IOException {
    gpu("0000:01:00.0", "NVIDIA H100 80GB HBM3");
    gpu("0000:02:00.0", "NVIDIA H100 80GB HBM3");
    assertThat(Gpus.names(folder)).hasValue("NVIDIA H100 80GB HBM3");
    gpu("0000:03:00.0", "NVIDIA A100");
    assertThat(Gpus.names(folder)).hasValue("NVIDIA A100 or NVIDIA H100 80GB HBM3");
  }

  @Test
  void whereThereIsNoDriverNothingIsSaid() {
    assertThat(Gpus.driver(folder)).isEmpty();
    assertThat(Gpus.names(folder)).isEmpty();
  }
}
