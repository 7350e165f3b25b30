package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InspectMemoryTest {
  private static final String LLAMA_7B =
      """
      {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
       "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
      """;

  @TempDir static Path folder;
  private static String model;

  @BeforeAll
  static void writeAConfigWithoutWeights() throws IOException {
    model = folder.toString();
    Files.writeString(folder.resolve("config.json"), LLAMA_7B);
  }

  private static JsonNode json(String... arguments) throws IOException, InterruptedException {
    Cli.Result result = Cli.here(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return Json.MAPPER.readTree(result.out());
  }

  @Test
  void saysWhatEachStageNeedsOfAModelThatIsNotThere() throws Exception {
    Cli.Result result = Cli.here("inspect", model, "--memory");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("25.10 GiB in float32, 12.55 GiB as stored (BF16, assumed: there are no weights")
        .contains("if the device is the CPU, add it to the device's")
        .containsPattern("device, at most +float32 +stored +streamed")
        .containsPattern("estimation, magnitudes +25\\.44 GiB +13\\.64 GiB +1\\.09 GiB")
        .doesNotContain("auto ");
  }

  @Test
  void saysWhatFitsADevice() throws Exception {
    Cli.Result result = Cli.here("inspect", model, "--memory", "--device-memory", "24GiB");
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out())
        .containsPattern("estimation, magnitudes +! 25\\.44 GiB +13\\.64 GiB +1\\.09 GiB")
        .contains("! is more than 24.00 GiB")
        .contains("auto        reads the weights submodule by submodule");
    assertThat(Cli.here("inspect", model, "--memory", "--device-memory", "26 GiB").out())
        .contains("auto        keeps the weights on the device as they are stored")
        .doesNotContain("streamed    needed");
    assertThat(Cli.here("inspect", model, "--memory", "--device-memory", "80GB").out())
        .contains("auto        keeps the weights on the device in float32");
  }

  @Test
  void saysWhichStagesNeedStreamedWeightsAndWhichAreTooLarge() throws Exception {
    String out =
        Cli.here(
                "inspect",
                model,
                "--memory",
                "--device-memory",
                "26GiB",
                "--batch",
                "128",
                "--cutoff",
                "256",
                "--micro-batch",
                "16")
            .out();
    assertThat(out).containsPattern("streamed    needed for: recovery");
    assertThat(Cli.here("inspect", model, "--memory", "--device-memory", "100MiB").out())
        .containsPattern("too large   however weights are kept: estimation, magnitudes;");
  }

  @Test
  void givesBytesInJson() throws Exception {
    JsonNode root = json("inspect", model, "--memory", "--device-memory", "24GiB", "--json");
    assertThat(root.at("/weights/float32").asLong()).isEqualTo(4 * 6_738_415_616L);
    assertThat(root.at("/weights/stored").asLong()).isEqualTo(2 * 6_738_415_616L);
    assertThat(root.at("/weights/types_assumed").asBoolean()).isTrue();
    JsonNode magnitudes = root.path("device").path("estimation, magnitudes");
    long block = 4L * (4 * 4096 * 4096 + 3 * 4096 * 11008 + 2 * 4096);
    assertThat(magnitudes.get("streamed").asLong()).isEqualTo(block + 8L * 4096 * 11008);
    assertThat(root.get("host").asLong()).isPositive();
    assertThat(root.get("device_memory").asLong()).isEqualTo(24L << 30);
    assertThat(root.get("auto").asText()).isEqualTo("streamed");
    assertThat(root.at("/too_large/float32/0").asText()).isEqualTo("estimation, magnitudes");
    assertThat(root.at("/too_large/streamed")).isEmpty();
  }

  @Test
  void countsAPrunedModel() throws Exception {
    JsonNode whole = json("inspect", model, "--memory", "--json");
    JsonNode pruned =
        json(
            "inspect",
            model,
            "--memory",
            "--json",
            "--strategy",
            "block",
            "--ratio",
            "0.5",
            "--layers",
            "0..32");
    assertThat(pruned.at("/weights/stored").asLong())
        .isLessThan(whole.at("/weights/stored").asLong() * 6 / 10);
  }

  @Test
  void takesTheTypesThatACheckpointStores() throws Exception {
    String demo = DemoModel.extract(folder.resolve("models")).toString();
    JsonNode root = json("inspect", demo, "--memory", "--json");
    assertThat(root.at("/weights/types").asText()).isEqualTo("F16");
    assertThat(root.at("/weights/types_assumed").asBoolean()).isFalse();
  }

  @Test
  void moreSamplesNeedMore() throws Exception {
    String few = "/device/estimation, first order/streamed";
    assertThat(json("inspect", model, "--memory", "--samples", "100", "--json").at(few).asLong())
        .isGreaterThan(json("inspect", model, "--memory", "--json").at(few).asLong());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--memory --device-memory 24 | --device-memory is 24, a number without a unit; write 24GiB",
        "--memory --device-memory many | --device-memory is \"many\", not a size",
        "--memory --device-memory 0GiB | --device-memory is \"0GiB\", not a size",
        "--device-memory 24GiB | --device-memory needs --memory",
        "--samples 3 | --samples needs --memory",
        "--memory --samples 0 | --samples is 0; allowed are whole numbers from 1 to 100000",
        "--memory --batch 2 --micro-batch 3 | --micro-batch is 3; allowed are whole numbers from 1"
      })
  void refusesWhatItCannotMean(String options, String message) throws Exception {
    String[] arguments = ("inspect " + model + " " + options).split(" ");
    Cli.Result result = Cli.here(arguments);
    assertThat(result.code()).isNotZero();
    assertThat(result.err()).contains(message);
  }
}
