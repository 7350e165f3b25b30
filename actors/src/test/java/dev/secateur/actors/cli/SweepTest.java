package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.secateur.checkpoint.Checkpoint;
import dev.secateur.checkpoint.ElementType;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sweeps through the command line, each run in a process of its own. */
class SweepTest {
  private static final String TINY =
      """
      model {
        model_type = llama, hidden_size = 32, intermediate_size = 48, num_hidden_layers = 4
        num_attention_heads = 4, num_key_value_heads = 2, head_dim = 8
        rms_norm_eps = 1e-5, tie_word_embeddings = true
      }
      vocabulary = 400, window = 32, batch = 4, steps = 4, warmup = 2
      """;

  private static final String SWEEP =
      """
      name = small
      models = [%s]
      strategies = [block, channel]
      ratios = [0.5]
      criteria = [taylor-element1, taylor-vector]
      export = true
      calibration { samples = 2, length = 16, parts = 2 }
      recovery {
        strategies = [block], template = plain
        steps = %d, batch = 4, micro-batch = 2, warmup = 1, learning-rate = 1e-3, cutoff = 64
      }
      evaluation { window = 32, windows = 4 }
      """;

  /** Steps of a recovery that ends only because something else ends it. */
  private static final int NEVER_DONE = 100_000_000;

  @TempDir static Path folder;
  private static Path tiny;
  private static Cli cli;

  @BeforeAll
  static void trainATinyModel() throws IOException, InterruptedException {
    cli = new Cli(folder);
    tiny = folder.resolve("tiny");
    Path config = Files.writeString(folder.resolve("tiny.conf"), TINY);
    Cli.Result trained = cli.run("train", config.toString(), "--out", tiny.toString(), "--json");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(new ObjectMapper().readTree(trained.out()).get("validation").asDouble())
        .isBetween(1.0, 1000.0);
  }

  private static Path sweep(String name, int steps, String... models) throws IOException {
    String list = String.join(", ", Stream.of(models).map(m -> "\"" + m + "\"").toList());
    return Files.writeString(folder.resolve(name), SWEEP.formatted(list, steps));
  }

  private static Cli.Result run(Path sweep, Path work, int workers)
      throws IOException, InterruptedException {
    return cli.run(
        "run", sweep.toString(), "--work", work.toString(), "--json", "--workers", "" + workers);
  }

  private static JsonNode results(Cli.Result result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return new ObjectMapper().readTree(result.out());
  }

  /** The content of every file of that name among the artifacts, by stage key. */
  private static Map<String, List<Byte>> artifacts(Path work, String name) throws IOException {
    Map<String, List<Byte>> contents = new TreeMap<>();
    try (Stream<Path> keys = Files.list(work.resolve("artifacts"))) {
      for (Path key : keys.toList()) {
        if (Files.exists(key.resolve(name))) {
          byte[] bytes = Files.readAllBytes(key.resolve(name));
          contents.put(
              key.getFileName().toString(),
              java.util.stream.IntStream.range(0, bytes.length).mapToObj(i -> bytes[i]).toList());
        }
      }
    }
    return contents;
  }

  @Test
  void givesTheSameOnOneWorkerAsOnTwoAndReusesWhatIsFinished() throws Exception {
    Path sweep = sweep("two-models.conf", 2, "demo", tiny.toString());
    Path one = folder.resolve("work-one");
    Path two = folder.resolve("work-two");
    JsonNode first = results(run(sweep, one, 1));
    JsonNode second = results(run(sweep, two, 2));

    assertThat(first.get("trials")).hasSize(8);
    assertThat(first.get("stages_reused").asInt()).isZero();
    for (int trial = 0; trial < 8; trial++) {
      JsonNode a = first.get("trials").get(trial);
      JsonNode b = second.get("trials").get(trial);
      for (String key : List.of("parameters_after", "perplexity_pruned", "perplexity_recovered")) {
        assertThat(b.path(key)).as("%s of trial %d", key, trial).isEqualTo(a.path(key));
      }
      assertThat(a.get("parameters_after").asLong())
          .isLessThan(a.get("parameters_before").asLong());
    }
    for (String file : List.of("recipe.json", "scores.safetensors", "adapter_model.safetensors")) {
      assertThat(artifacts(one, file)).isNotEmpty().isEqualTo(artifacts(two, file));
    }

    Cli.Result again = run(sweep, one, 2);
    assertThat(results(again).get("stages_reused")).isEqualTo(first.get("stages"));
    assertThat(again.err()).contains("were reused");

    JsonNode trial = first.get("trials").get(4);
    Path exported =
        one.resolve("artifacts").resolve(trial.get("stages").get("checkpoint").asText());
    JsonNode reloaded =
        results(run(sweep("exported.conf", 1, exported.toString()), folder.resolve("w3"), 2));
    double recovered = trial.get("perplexity_recovered").asDouble();
    assertThat(reloaded.get("trials").get(0).get("perplexity_before").asDouble())
        .isCloseTo(
            recovered, withinPercentage(0.1)); // merged weights are rounded to the base's F16
    assertThat(Checkpoint.open(exported).types().values()).containsOnly(ElementType.F16);
  }

  @Test
  void writesTableFilesAndEvents() throws Exception {
    Path work = folder.resolve("work-files");
    Cli.Result result =
        cli.run(
            "run", sweep("files.conf", 1, tiny.toString()).toString(), "--work", work.toString());
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("params after").contains("taylor-element1");
    assertThat(result.out().lines().filter(line -> line.contains(" block "))).hasSize(2);
    assertThat(result.err()).contains("[trials ").doesNotContain("\033[");
    Path run = onlyRun(work);
    assertThat(run)
        .isDirectoryContaining("glob:**/results.json")
        .isDirectoryContaining("glob:**/results.csv")
        .isDirectoryContaining("glob:**/*.png")
        .isDirectoryContaining("glob:**/*.svg");
    long expected = 1;
    for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
      JsonNode event = new ObjectMapper().readTree(line);
      assertThat(event.has("time") && event.has("node") && event.has("event")).isTrue();
      if (event.has("sequence")) {
        assertThat(event.get("sequence").asLong()).isEqualTo(expected++);
      }
    }
    assertThat(expected).isGreaterThan(20);
    Cli.Result plan =
        cli.run(
            "plan", folder.resolve("files.conf").toString(), "--work", work.toString(), "--json");
    JsonNode stages = new ObjectMapper().readTree(plan.out()).get("stages");
    assertThat(stages.get("estimation").get("done"))
        .isEqualTo(stages.get("estimation").get("shared"));
  }

  private static Path onlyRun(Path work) throws IOException {
    try (Stream<Path> runs = Files.list(work.resolve("runs"))) {
      return runs.toList().get(0);
    }
  }

  private static long completed(Path work) {
    try {
      return Files.readAllLines(onlyRun(work).resolve("events.jsonl")).stream()
          .filter(line -> line.contains("\"stage-completed\""))
          .count();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void goesOnWhereItWasAfterKillNine() throws Exception {
    Path sweep = sweep("killed.conf", NEVER_DONE, tiny.toString());
    Path work = folder.resolve("work-killed");
    Cli.Running first = cli.start("run", sweep.toString(), "--work", work.toString());
    await().atMost(Duration.ofMinutes(2)).until(() -> completed(work) >= 6);
    first.signal("KILL");
    first.process().waitFor();

    Cli.Running second = cli.start("run", sweep.toString(), "--work", work.toString());
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> Files.readString(second.err()).contains("[trials "));
    assertThat(Files.readString(second.err())).contains("resuming sweep small-");
    second.signal("INT");
    Cli.Result interrupted = second.await();
    assertThat(interrupted.code()).isEqualTo(130);
    assertThat(interrupted.err()).contains("The same command resumes sweep 'small'");

    Path next = sweep("next.conf", 1, tiny.toString());
    Cli.Result done = cli.run("run", next.toString(), "--work", work.toString(), "--json");
    JsonNode results = results(done);
    assertThat(results.get("completed").asInt())
        .as("its own results, not those of the sweep that it took the place of")
        .isEqualTo(results.get("trials").size());
    assertThat(done.err()).containsPattern("[1-9]\\d* of \\d+ stages were reused");
    try (Stream<Path> artifacts = Files.list(work.resolve("artifacts"))) {
      assertThat(artifacts.filter(path -> path.toString().contains(".part-")).count())
          .as("half-written artifacts of the killed process, if any, are never used")
          .isLessThanOrEqualTo(2);
    }
  }

  @Test
  void aNodeJoinsAndTakesItsShare() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path work = folder.resolve("work-joined");
    Path sweep = sweep("joined.conf", 400, tiny.toString());
    Cli.Running node =
        cli.start(
            "node",
            "--role",
            "gpu-worker",
            "--seed",
            "127.0.0.1:" + port,
            "--work",
            work.toString());
    Cli.Result result =
        cli.run(
            "run",
            sweep.toString(),
            "--work",
            work.toString(),
            "--workers",
            "1",
            "--port",
            "" + port);
    node.signal("TERM");
    node.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(Files.readAllLines(onlyRun(work).resolve("events.jsonl")))
        .anyMatch(line -> line.contains("\"stage-completed\"") && line.contains("127.0.0.1:"));
  }

  @Test
  void asksForAnotherFolderWhileOneIsInUse() throws Exception {
    Path work = folder.resolve("work-busy");
    Cli.Running first =
        cli.start(
            "run",
            sweep("busy.conf", NEVER_DONE, tiny.toString()).toString(),
            "--work",
            work.toString());
    await().atMost(Duration.ofMinutes(2)).until(() -> completed(work) >= 1);
    Cli.Result second =
        cli.run("run", folder.resolve("busy.conf").toString(), "--work", work.toString());
    first.signal("KILL");
    first.process().waitFor();
    assertThat(second.code()).isEqualTo(2);
    assertThat(second.err()).contains("another secateur is at work in this folder");
  }
}
