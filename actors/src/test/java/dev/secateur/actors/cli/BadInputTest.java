package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users get wrong: each a line that names the thing, no stack trace, nothing half-written. */
class BadInputTest {
  @TempDir Path folder;
  private Path model;

  @BeforeEach
  void copyAModel() {
    model = DemoModel.extract(folder.resolve("models"));
  }

  private void refuses(String rest, String... complaints) throws Exception {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), rest);
    refusesRun(folder.resolve("work").toString(), sweep.toString(), complaints);
  }

  private void refusesRun(String work, String sweep, String... complaints) throws Exception {
    Cli.Result result = Cli.here("run", sweep, "--work", work);
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines())
        .hasSize(complaints.length)
        .allMatch(line -> line.startsWith("secateur: "));
    for (String complaint : complaints) {
      assertThat(result.err()).contains(complaint);
    }
    assertThat(folder.resolve("work/runs")).doesNotExist();
    assertThat(folder.resolve("work/journal")).doesNotExist();
  }

  private String grid(String more) {
    return "models = [\"" + model + "\"], ratios = [0.5]\n" + more;
  }

  @Test
  void tooFewDigitsOfAStage() {
    Cli.Result result = Cli.here("logs", "01ab");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains("'01ab'").contains("at least 6 digits");
  }

  @Test
  void plotsOfAnotherFormat() {
    Path out = folder.resolve("a.pdf");
    Cli.Result result = Cli.here("plot", "none", "--x", "ratio", "--out", out.toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .contains("a.pdf: plots are written only as .png or .svg");
  }

  @Test
  void noSuchSweep() throws Exception {
    refusesRun(
        folder.resolve("work").toString(), "none.conf", "none.conf: no such file; give a sweep");
  }

  @Test
  void noSuchCheckpointAndAMisspeltKey() throws Exception {
    refuses(
        "models = [/no/such/model], ratios = [0.5], critera = [l2]",
        "'models[0]' /no/such/model: no such checkpoint folder",
        "unknown key 'critera'");
  }

  @Test
  void impossibleRatios() throws Exception {
    refuses(
        "models = [\"" + model + "\"], ratios = [1.0, -0.1]",
        "'ratios[0]' is 1;",
        "'ratios[1]' is -0.1;");
  }

  @Test
  void layersBeyondTheModel() throws Exception {
    refuses(grid("layers { first = 1, end = 99 }"), "has 8 layers");
  }

  @Test
  void anEmptyText() throws Exception {
    Path text = Files.createFile(folder.resolve("empty.txt"));
    refuses(grid("evaluation { text = \"" + text + "\" }"), "empty.txt: the text is empty");
  }

  @Test
  void aTruncatedCheckpoint() throws Exception {
    Path file = model.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    refuses(grid(""), "model.safetensors: truncated");
  }

  @Test
  void anUnknownFamily() throws Exception {
    edit("config.json", "\"llama\"", "\"mamba\"");
    refuses(grid(""), "'model_type' is 'mamba', an unknown family");
  }

  @Test
  void aTensorOfTheWrongShape() throws Exception {
    edit("config.json", "\"intermediate_size\" : 512", "\"intermediate_size\" : 500");
    refuses(grid(""), "gate_proj.weight' has shape [512, 192], but the config requires [500, 192]");
  }

  @Test
  void aCorruptTokenizer() throws Exception {
    Files.writeString(model.resolve("tokenizer.json"), "{\"model\": {\"type\": \"BPE\"");
    refuses(grid(""), "tokenizer.json: can't be read as a tokenizer");
  }

  @Test
  void aWorkFolderThatCannotBe() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    refusesRun(file.resolve("work").toString(), "quickstart", "work folder can't be written to");
  }

  /** Exports of one size fill a small disk but for what the journal needs. */
  @Test
  void aFullDisk() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"))) {
      Path sweep = folder.resolve("full.conf");
      Files.writeString(
          sweep,
          """
          models = [demo], strategies = [layer], criteria = [l2], export = true, attempts = 1
          ratios = [0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.19, 0.2, 0.21, 0.22, 0.23, 0.24, 0.135, 0.145]
          evaluation { windows = 1 }
          """);
      Cli.Result result =
          new Cli(folder).run("run", sweep.toString(), "--work", disk.folder().toString());
      assertThat(result.code())
          .as("plots may find no room either: " + result.err())
          .isIn(Main.FAILURE, Main.SOME_TRIALS_FAILED);
      assertThat(result.out()).contains("artifacts: artifact").contains("No space left on device");
      assertThat(result.err()).doesNotContain("\tat ");
      try (Stream<Path> artifacts = Files.list(disk.folder().resolve("artifacts"))) {
        assertThat(artifacts).noneMatch(path -> path.toString().contains(".part-"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run quickstart",
        "plan quickstart",
        "prune demo --strategy block --ratio 0.5 --criterion l2 --recipe r.json",
        "generate demo --prompt x",
        "node --role coordinator --http-port 0",
        "node --role gpu-worker --devices cpu --seed 127.0.0.1:1"
      })
  void aDiskThatIsFullFromTheStart(String command) throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"))) {
      disk.fill();
      Cli.Result result = Cli.here((command + " --work " + disk.folder() + "/new/work").split(" "));
      assertThat(result.code()).as(result.err()).isEqualTo(1);
      assertThat(result.err())
          .hasLineCount(1)
          .contains(disk.folder() + "/new/work: only 0 MiB are free on its disk");
      assertThat(disk.folder().resolve("new")).doesNotExist();
    }
  }

  @Test
  void filesThatAFullDiskHasNoRoomForAreNamed() throws Exception {
    try (SmallDisk disk = SmallDisk.at(folder.resolve("disk"))) {
      disk.fill();
      Path tokens = disk.folder().resolve("tokens");
      for (Cli.Result result :
          List.of(
              Cli.here("token", tokens.toString()),
              Cli.here("certs", "init", disk.folder() + "/certs", "localhost"))) {
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
            .hasLineCount(1)
            .startsWith("secateur: " + disk.folder())
            .endsWith(": No space left on device\n");
      }
      assertThat(tokens).doesNotExist();
      Cli.Result doctor = Cli.here("doctor", "--device", "cpu", "--work", disk.folder() + "/w");
      assertThat(doctor.code()).isEqualTo(1);
      assertThat(doctor.out()).contains("problem: ").contains("/w: only 0 MiB are free");
    }
  }

  @Test
  void anUnknownCommandOrOption() throws Exception {
    Cli.Result command = Cli.here("rum");
    assertThat(command.code()).isEqualTo(2);
    assertThat(command.err()).contains("rum").contains("did you mean 'run'");
    assertThat(Cli.here("lsit").err()).contains("did you mean 'list'?");
    assertThat(Cli.here("STATUS").err()).contains("did you mean 'status'?");
    assertThat(Cli.here("bench", "quickstart").err()).doesNotContain("run quickstart");
    assertThat(Cli.here("quickstart").err()).contains("did you mean 'run quickstart'?");
    Path sweep = Files.writeString(folder.resolve("own.conf"), "models = [demo]");
    assertThat(Cli.here("" + sweep).err()).contains("did you mean 'run " + sweep + "'?");
    assertThat(Cli.here("" + folder.resolve("none.conf")).err()).doesNotContain("did you mean");
    Cli.Result option = Cli.here("run", "quickstart", "--wrok", "x");
    assertThat(option.code()).isEqualTo(2);
    assertThat(option.err()).contains("did you mean '--work'?");
  }

  @Test
  void aDeviceThatIsNotThere() throws Exception {
    Cli.Result result = Cli.here("doctor", "--device", "cuda:7", "--work", "" + folder);
    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out())
        .contains("problem: natives: device 'cuda:7': the native libraries see 0 GPUs");
  }

  @Test
  void aDeviceInAListThatIsNone() throws Exception {
    Cli.Result result =
        new Cli(folder)
            .run("node", "--role", "gpu-worker", "--devices", "cpu,gpu0", "--work", "" + folder);
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .contains("--devices has 'gpu0'; devices are cpu, cuda:0, cuda:1 and so on, or auto");
  }

  @Test
  void aTaskChosenFromNoFolder() throws Exception {
    Cli.Result result =
        new Cli(folder).run("evaluate", "demo", "--perplexity", "wordnet", "--task", "boolq");
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err())
        .hasLineCount(1)
        .contains("--task selects tasks of a folder: give --tasks DIR");
  }

  @Test
  void aBenchmarkOfNothing() throws Exception {
    for (String arguments : new String[] {"estimate --samples 0", "recover --length 1"}) {
      Cli.Result result = Cli.here(("bench " + arguments).split(" "));
      assertThat(result.code()).as(result.err()).isEqualTo(2);
      assertThat(result.err()).hasLineCount(1).contains("at least 1, --length at least 2");
    }
  }

  @Test
  void aRandomCheckpointWithWrongOptions() {
    Path out = folder.resolve("out");
    refusesCheckpoint(
        "--shard-size many", "--shard-size is \"many\", not a size such as \"12 GiB\"");
    refusesCheckpoint("--dtype int8", "--dtype is int8; allowed are F32, F16 and BF16");
    refusesCheckpoint("--tokenizer " + folder, "tokenizer.json: no such file");
    assertThat(out).doesNotExist();
  }

  private void refusesCheckpoint(String options, String complaint) {
    String command = "bench checkpoint --like " + model + " --out " + folder.resolve("out") + " ";
    Cli.Result result = Cli.here((command + options).split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.err()).hasLineCount(1).contains(complaint);
  }

  private void edit(String name, String from, String to) throws IOException {
    Path file = model.resolve(name);
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }
}
