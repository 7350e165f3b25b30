package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.secateur.coordinator.json.Json;
import dev.secateur.source.demo.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where weights are kept changes nothing that commands and sweeps give. */
class WeightsTest {

  private static final Path SMALL =
      Path.of(System.getProperty("secateur.root", ".."))
          .resolve("gpu-worker/src/test/resources/families/llama-mha");

  private static final String SWEEP =
      """
      name = weights
      models = [demo], ratios = [0.25], criteria = [taylor-vector, wanda], export = true
      calibration { samples = 2, length = 16 }
      recovery { template = plain, steps = 2, batch = 4, micro-batch = 2, warmup = 1, cutoff = 32 }
      evaluation { window = 32, windows = 20, tasks = wordnet, questions = 8 }
      """;

  @TempDir static Path folder;
  private static String demo;

  @BeforeAll
  static void extractTheDemoModel() {
    demo = DemoModel.extract(folder).toString();
  }

  private static Cli.Result run(String words) {
    Cli.Result result = Cli.here(words.split(" "));
    assertThat(result.code()).as(result.err()).isZero();
    return result;
  }

  /** The content of all files of a folder but the one that tells the command. */
  private static Map<String, List<Byte>> files(Path of) throws IOException {
    Map<String, List<Byte>> contents = new TreeMap<>();
    try (Stream<Path> all = Files.walk(of)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        if (file.endsWith("provenance.json")) {
          continue;
        }
        Byte[] bytes = new Byte[(int) Files.size(file)];
        byte[] read = Files.readAllBytes(file);
        Arrays.setAll(bytes, i -> read[i]);
        contents.put(of.relativize(file).toString(), List.of(bytes));
      }
    }
    return contents;
  }

  private static void writesTheSame(String command) throws IOException {
    Path resident = Files.createTempDirectory(folder, "resident").resolve("out");
    Path streamed = Files.createTempDirectory(folder, "streamed").resolve("out");
    Cli.Result one = run(command + " --weights resident --out " + resident);
    Cli.Result other = run(command + " --weights streamed --out " + streamed);
    assertThat(one.err()).contains("loading " + demo + ", weights resident in float32\n");
    assertThat(other.err()).contains("loading " + demo + ", weights streamed\n");
    assertThat(files(streamed)).isNotEmpty().isEqualTo(files(resident));
  }

  private static void saysTheSame(String command) {
    Cli.Result resident = run(command + " --weights resident");
    Cli.Result streamed = run(command + " --weights streamed");
    assertThat(streamed.out()).isNotEmpty().isEqualTo(resident.out());
    assertThat(streamed.err()).contains(", weights streamed\n");
  }

  @Test
  void prunesTheSame() throws IOException {
    writesTheSame(
        "prune "
            + demo
            + " --strategy block --ratio 0.25 --criterion taylor-element1 --steps 2"
            + " --calibration wordnet --samples 2 --length 16");
  }

  @Test
  void recoversTheSame() throws IOException {
    String recovery =
        "recover "
            + demo
            + " --data wordnet --template plain --cutoff 32 --steps 2 --batch 4 --micro-batch 2";
    writesTheSame(recovery + " --validation 4 --evaluate-every 1");
    writesTheSame(recovery + " --merge");
    writesTheSame(recovery + " --precision bfloat16");
  }

  @Test
  void measuresAndWritesTheSame() {
    saysTheSame("evaluate " + demo + " --perplexity wordnet --window 32 --windows 20 --json");
    saysTheSame("generate " + demo + " --prompt dog --max-tokens 4 --temperature 0");
    saysTheSame("verify " + SMALL + " " + SMALL.resolve("golden.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"prune", "recover", "evaluate", "generate", "verify", "bench latency"})
  void refusesAPlaceThatIsNone(String command) {
    Cli.Result result = Cli.here((command + " " + demo + " --weights disk").split(" "));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("'disk' is not one of auto, resident, streamed");
  }

  @Test
  void aSettingOfWorkersIsRefusedByNameAndHoldsForCommandsToo() throws IOException {
    Path wrong = Files.writeString(folder.resolve("w.conf"), "secateur.worker.weights = disk");
    for (String command :
        List.of("evaluate " + demo + " --perplexity wordnet", "node --role gpu-worker")) {
      Cli.Result result = Cli.here((command + " --config " + wrong).split(" "));
      assertThat(result.code()).as(result.err()).isEqualTo(2);
      assertThat(result.err())
          .contains(
              "secateur: secateur.worker.weights is 'disk', not one of auto, resident, streamed\n");
    }
    Path right = Files.writeString(folder.resolve("s.conf"), "secateur.worker.weights = streamed");
    assertThat(run("generate " + demo + " --max-tokens 1 --prompt dog --config " + right).err())
        .contains("loading " + demo + ", weights streamed\n");
  }

  @Test
  void sweepsGiveTheSame() throws IOException {
    Path sweep = Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Path one = folder.resolve("work-resident");
    Path other = folder.resolve("work-streamed");
    Cli.Result resident = run("run " + sweep + " --json --weights resident --work " + one);
    Path setting =
        Files.writeString(folder.resolve("node.conf"), "secateur.worker.weights = streamed");
    Cli.Result streamed = run("run " + sweep + " --json --config " + setting + " --work " + other);
    JsonNode expected = withoutTimes(Json.MAPPER.readTree(resident.out()).get("trials"));
    assertThat(expected.findValues("perplexity_recovered")).hasSize(2);
    assertThat(expected.findValues("weights_streamed")).isEmpty();
    assertThat(withoutTimes(Json.MAPPER.readTree(streamed.out()).get("trials")))
        .isEqualTo(expected);
    for (String kind : List.of("scores.safetensors", "recipe.json", "model.safetensors")) {
      assertThat(artifacts(other, kind)).hasSizeGreaterThan(1).isEqualTo(artifacts(one, kind));
    }
  }

  private static Map<String, List<Byte>> artifacts(Path work, String name) throws IOException {
    Map<String, List<Byte>> all = files(work.resolve("artifacts"));
    all.keySet().removeIf(file -> !file.endsWith(name));
    return all;
  }

  private static JsonNode withoutTimes(JsonNode node) {
    node.forEach(WeightsTest::withoutTimes);
    if (node instanceof ObjectNode object) {
      List<String> names = new ArrayList<>();
      object.fieldNames().forEachRemaining(names::add);
      names.removeIf(name -> !name.contains("seconds"));
      object.remove(names);
    }
    return node;
  }
}
