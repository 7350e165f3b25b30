package dev.secateur.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuSetupTest {
  @TempDir Path root;

  private void put(String file, String text) throws IOException {
    Files.createDirectories(root.resolve(file).getParent());
    Files.writeString(root.resolve(file), text);
  }

  @Test
  void anEmptyMachineHasNeitherDriverNorCards() {
    GpuSetup nothing = new GpuSetup(root);
    assertThat(nothing.driver()).isEmpty();
    assertThat(nothing.cards()).isZero();
    assertThat(nothing.driven()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 2023 | 535.129.03",
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159  Release Build | 580.159",
        "something else | unknown"
      })
  void readsTheDriversVersion(String text, String version) throws Exception {
    put("proc/driver/nvidia/version", text + "\n");
    put("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: NVIDIA H100\n");
    assertThat(new GpuSetup(root).driver()).contains(version);
    assertThat(new GpuSetup(root).driven()).isEqualTo(1);
  }

  @Test
  void countsCardsOfNvidiaThatDisplayOrCompute() throws Exception {
    String[][] devices = {
      {"0x10de", "0x030200"}, {"0x10de", "0x030000"}, {"0x10de", "0x040300"}, {"0x8086", "0x030000"}
    };
    for (int i = 0; i < devices.length; i++) {
      put("sys/bus/pci/devices/" + i + "/vendor", devices[i][0] + "\n");
      put("sys/bus/pci/devices/" + i + "/class", devices[i][1] + "\n");
    }
    assertThat(new GpuSetup(root).cards()).isEqualTo(2);
  }

  @Test
  void namesTheCommandOfTheSystemThatBringsTheDriver() throws Exception {
    assertThat(new GpuSetup(root).driverCommand()).contains("525.60");
    put("etc/os-release", "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n");
    assertThat(new GpuSetup(root).driverCommand()).isEqualTo("sudo ubuntu-drivers install");
    put("etc/os-release", "ID=debian\n");
    assertThat(new GpuSetup(root).driverCommand()).contains("apt-get install nvidia-driver");
    put("etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
    assertThat(new GpuSetup(root).driverCommand()).contains("dnf install cuda-drivers");
    put(".dockerenv", "");
    assertThat(new GpuSetup(root).driverCommand()).contains("--gpus all");
  }
}
