package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.tensor.Gpus;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DoctorReportTest {
  private static final String DRIVER = "550.54.15";
  private static final List<Gpus.Gpu> TWO =
      List.of(
          new Gpus.Gpu(
              "cuda:0", Optional.of("NVIDIA H100"), new Gpus.Memory.Known(80L << 30, 3L << 30)),
          new Gpus.Gpu("cuda:1", Optional.empty(), new Gpus.Memory.Unknown()));

  private static String told(Optional<String> driver, List<Gpus.Gpu> gpus, boolean json) {
    DoctorReport report = new DoctorReport();
    report.gpus(driver, gpus);
    StringWriter text = new StringWriter();
    report.print(new PrintWriter(text), json);
    return text.toString();
  }

  @Test
  void showsEachGpuWithItsMemoryAndTheirDriver() {
    assertThat(told(Optional.of(DRIVER), TWO, false).lines())
        .containsExactly(
            "driver       NVIDIA 550.54.15",
            "gpus         2",
            "cuda:0       NVIDIA H100, 3072 MiB free of 81920 MiB",
            "cuda:1       a GPU without a name, memory unknown: the driver does not report it",
            "no problems found");
  }

  @Test
  void saysWhereThereIsNoGpu() {
    assertThat(told(Optional.empty(), List.of(), false))
        .contains("driver       no NVIDIA driver\n")
        .contains("gpus         none: the native libraries see no GPU\n");
  }

  @Test
  void givesGpusAsObjectsInJson() throws IOException {
    JsonNode root = Json.MAPPER.readTree(told(Optional.of(DRIVER), TWO, true));
    assertThat(root.get("driver").asText()).isEqualTo("NVIDIA 550.54.15");
    assertThat(root.at("/gpus/0/device").asText()).isEqualTo("cuda:0");
    assertThat(root.at("/gpus/0/name").asText()).isEqualTo("NVIDIA H100");
    assertThat(root.at("/gpus/0/memory").asLong()).isEqualTo(80L << 30);
    assertThat(root.at("/gpus/0/free").asLong()).isEqualTo(3L << 30);
    assertThat(root.at("/gpus/1").has("memory")).isFalse();
    assertThat(root.has("cuda:0")).isFalse();
    JsonNode none = Json.MAPPER.readTree(told(Optional.empty(), List.of(), true));
    assertThat(none.get("gpus").isArray()).isTrue();
    assertThat(none.get("gpus").size()).isZero();
  }
}
