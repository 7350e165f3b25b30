package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Work that a device has too little memory for in every way, of a model that has no weights. */
class TooLittleMemoryTest {
  private static final Path GOLDEN =
      Path.of(System.getProperty("secateur.root", ".."))
          .resolve("gpu-worker/src/test/resources/families/llama-mha/golden.safetensors");

  @TempDir private Path folder;
  private Path settings;

  @BeforeEach
  void writeAConfigAndALimit() throws IOException {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "hidden_size": 4096, "intermediate_size": 11008,
         "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
        """);
    Files.writeString(
        folder.resolve("training.conf"),
        """
        model {
          model_type = llama, hidden_size = 4096, intermediate_size = 11008
          num_hidden_layers = 8, num_attention_heads = 32
        }
        vocabulary = 3072, window = 128, batch = 8, steps = 10, warmup = 1
        """);
    settings = limit("700MiB");
  }

  private Path limit(String size) throws IOException {
    return Files.writeString(
        folder.resolve("node.conf"), "secateur.worker.device-memory = " + size + "\n");
  }

  private Cli.Result run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--config", settings.toString(), "--work", folder.resolve("work") + ""));
    all.addAll(List.of("--device", "cpu"));
    return Cli.here(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prune M --strategy block --ratio 0.25 --criterion taylor-vector --calibration wordnet"
            + " | pruning by taylor-vector | --length",
        "recover M --data wordnet --out OUT | recovery | --cutoff",
        "generate M --prompt once | generation | --max-tokens",
        "evaluate M --perplexity wordnet | evaluation | --window",
        "verify M GOLDEN | verification | golden values with fewer or shorter rows",
        "bench latency M --length 512 --batch 16 | the measurement | --batch",
        "bench stream M | the measurement | --samples"
      })
  void isRefusedWithFiguresBeforeAnythingIsRead(String line, String what, String less) {
    assertThat(refusal(line))
        .contains(what + " needs at least ")
        .contains(" MiB for the weights of one submodule in float32 and ")
        .contains("cpu has 700 MiB for it (")
        .contains(less);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "train --like M --data wordnet --out OUT | training | --checkpointing",
        "train CONFIG --out OUT | training | micro-batch",
        "bench estimate --width 4096 --mlp 11008 | the measurement | --samples",
        "bench recover --width 4096 --mlp 11008 | the measurement | --batch"
      })
  void randomWeightsThatWouldAllBeHeldAreRefusedBeforeAnyIsDrawn(
      String line, String what, String less) {
    assertThat(refusal(line))
        .contains(what + " needs at least ")
        .containsPattern(" GiB of device memory: \\d+.\\d\\d GiB for all weights in float32 and ")
        .contains("cpu has 700 MiB for it (")
        .contains(less);
  }

  /** Two blocks' weights and the sums of the widest matrix: 2 GiB do for the criterion alone. */
  @ParameterizedTest
  @ValueSource(strings = {"least-squares", "least-squares-outputs"})
  void compensationIsRefusedWherePruningAloneWouldDo(String method) throws IOException {
    settings = limit("2GiB");
    String line = "prune M --strategy block --ratio 0.25 --criterion l2 --calibration wordnet";
    assertThat(refusal(line + " --out OUT --compensation " + method))
        .contains("compensation needs at least ")
        .contains(" MiB for the weights of one submodule in float32 and ")
        .contains("cpu has 2.00 GiB for it (")
        .contains("--samples");
  }

  private String refusal(String line) {
    String command =
        (line + " ")
            .replace(" M ", " " + folder + " ")
            .replace("OUT", folder.resolve("out").toString())
            .replace("CONFIG", folder.resolve("training.conf").toString())
            .replace("GOLDEN", GOLDEN.toString());
    Cli.Result result = run(command.split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(Main.FAILURE);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(folder.resolve("out")).doesNotExist();
    return result.err();
  }

  @Test
  void aSweepWhoseCompensationNeedsMostIsRefusedByIt() throws IOException {
    settings = limit("1MiB");
    Path sweep =
        Files.writeString(
            folder.resolve("sweep.conf"),
            """
            models = [demo], ratios = [0.25], criteria = [l2], compensation = [least-squares]
            calibration { samples = 16, length = 64 }
            evaluation { window = 32, windows = 1 }
            """);
    Cli.Result result = run("run", sweep.toString());
    assertThat(result.code()).as(result.err()).isEqualTo(Main.FAILURE);
    assertThat(result.err())
        .containsPattern("compensation of model demo needs \\d+ MiB of device memory");
  }

  @Test
  void aSweepThatNobodyCanJoinIsRefusedByItsLargestStage() throws IOException {
    settings = limit("1MiB");
    Path sweep =
        Files.writeString(
            folder.resolve("sweep.conf"),
            """
            models = [demo], ratios = [0.25], criteria = [taylor-vector]
            calibration { samples = 2, length = 16 }
            evaluation { window = 32, windows = 2 }
            """);
    Cli.Result result = run("run", sweep.toString());
    assertThat(result.code()).as(result.err()).isEqualTo(Main.FAILURE);
    assertThat(result.err())
        .containsPattern("(estimation|evaluation) of model demo needs \\d+ MiB of device memory")
        .contains("each of 2 workers on cpu has 1 MiB; use fewer --workers");
  }
}
