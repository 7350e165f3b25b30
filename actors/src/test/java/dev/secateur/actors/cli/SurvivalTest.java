package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator and two worker processes that are killed and stopped by signal while a sweep runs.
 * Its results are those of the same sweep undisturbed. The workers have a work folder of their own,
 * so that artifacts travel.
 */
class SurvivalTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration LONG = Duration.ofMinutes(2);

  private static final String SWEEP =
      """
      name = disturbed
      models = [demo], ratios = [0.25, 0.5], criteria = [taylor-element1], attempts = 9
      calibration { samples = 4, length = 32, parts = 2 }
      recovery { template = plain, steps = 120, batch = 4, micro-batch = 4, warmup = 2, cutoff = 48 }
      evaluation { window = 64, windows = 40 }
      """;

  @TempDir static Path folder;
  private static JsonNode undisturbed;

  private Cli cli;
  private Path work;
  private int port;
  private int httpPort;
  private Cli.Running coordinator;
  private Cli.Running workers;

  @BeforeAll
  static void runTheSweepUndisturbed() throws Exception {
    Files.writeString(folder.resolve("sweep.conf"), SWEEP);
    Cli.Result result =
        new Cli(folder)
            .run(
                "run",
                folder.resolve("sweep.conf").toString(),
                "--work",
                folder.resolve("undisturbed").toString(),
                "--json");
    assertThat(result.code()).as(result.err()).isZero();
    undisturbed = numbers(JSON.readTree(result.out()));
  }

  /** What must be the same whoever computes, and however often. */
  private static JsonNode numbers(JsonNode results) {
    var all = JSON.createArrayNode();
    for (JsonNode trial : results.get("trials")) {
      all.add(trial.get("perplexity_before"));
      all.add(trial.get("perplexity_pruned"));
      all.add(trial.get("perplexity_recovered"));
      all.add(trial.get("parameters_after"));
      all.add(trial.get("stages").get("recipe"));
    }
    return all;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @BeforeEach
  void start() throws Exception {
    port = freePort();
    httpPort = freePort();
    work = Files.createTempDirectory(folder, "work");
    Map<String, String> environment = new HashMap<>();
    environment.put("SECATEUR_URL", "http://127.0.0.1:" + httpPort);
    environment.put("SECATEUR_COORDINATOR_LEASE", "6s");
    cli = new Cli(folder, environment);
    Files.writeString(
        folder.resolve("node.conf"),
        """
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 5s
        akka.cluster.split-brain-resolver.stable-after = 5s
        akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 20s
        """);
    coordinator = startCoordinator();
    workers =
        cli.start(
            "node",
            "--role",
            "gpu-worker",
            "--devices",
            "cpu,cpu",
            "--seed",
            "127.0.0.1:" + port,
            "--config",
            folder.resolve("node.conf").toString(),
            "--work",
            work.resolve("of-workers").toString());
    awaitWorkers(2);
  }

  private Cli.Running startCoordinator() throws Exception {
    Cli.Running started =
        cli.start(
            "node",
            "--role",
            "coordinator",
            "--port",
            "" + port,
            "--http-port",
            "" + httpPort,
            "--config",
            folder.resolve("node.conf").toString(),
            "--work",
            work.toString());
    await().atMost(LONG).until(() -> Files.readString(started.err()).contains("API: "));
    return started;
  }

  @AfterEach
  void stop() throws Exception {
    workers.signal("TERM");
    workers.await();
    coordinator.signal("TERM");
    coordinator.await();
    assertThat(workers.process().descendants()).isEmpty();
  }

  private JsonNode get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)).build();
    return JSON.readTree(HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body());
  }

  private void awaitWorkers(int count) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> get("/api/v1/workers").size() == count);
  }

  /** The process of a worker that is at a stage of that kind, once there is one. */
  private ProcessHandle awaitWorkerAt(String kind) {
    ProcessHandle[] found = new ProcessHandle[1];
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              for (JsonNode worker : get("/api/v1/workers")) {
                if (worker.at("/task/kind").asText().equals(kind)) {
                  found[0] = process(worker.get("name").asText());
                }
              }
              return found[0] != null;
            });
    return found[0];
  }

  private ProcessHandle process(String worker) {
    return workers
        .process()
        .children()
        .filter(child -> commandLine(child).endsWith("\0--as\0" + worker + "\0"))
        .findFirst()
        .orElse(null);
  }

  /** What ProcessHandle tells of it is cut after a page, which a class path fills. */
  private static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", "" + process.pid(), "cmdline"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  private static void signal(ProcessHandle process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  private Cli.Running submit() throws IOException {
    return cli.start("submit", folder.resolve("sweep.conf").toString(), "--wait", "--json");
  }

  private void assertUndisturbed(Cli.Running submitted) throws Exception {
    Cli.Result result = submitted.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(numbers(JSON.readTree(result.out()))).isEqualTo(undisturbed);
    Set<String> done = new TreeSet<>();
    for (String line : cli.run("events", "--json").out().lines().toList()) {
      JsonNode event = JSON.readTree(line);
      if (event.get("event").asText().equals("stage-completed")) {
        assertThat(done.add(event.get("stage").asText())).as("recorded once: " + line).isTrue();
      }
    }
  }

  @Test
  void workersThatAreKilledInRecoveryAndEvaluationChangeNothing() throws Exception {
    Cli.Running submitted = submit();
    signal(awaitWorkerAt("evaluation"), "KILL");
    signal(awaitWorkerAt("recovery"), "KILL");
    assertUndisturbed(submitted);
    assertThat(Files.readString(workers.err())).contains("signal 9").contains("started again");
    assertThat(cli.run("events").out()).containsPattern("ended: signal 9|no heartbeat for 6 s");
  }

  @Test
  void aWorkerThatStandsStillBeyondItsLeaseChangesNothing() throws Exception {
    Cli.Running submitted = submit();
    ProcessHandle worker = awaitWorkerAt("recovery");
    signal(worker, "STOP");
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> cli.run("events").out().contains("no heartbeat for 6 s"));
    signal(worker, "CONT");
    assertUndisturbed(submitted);
  }

  @Test
  void artifactsThatAreDamagedEverywhereAreComputedAgain() throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    for (Path store : List.of(work, work.resolve("of-workers"))) {
      try (Stream<Path> files = Files.walk(store.resolve("artifacts"))) {
        for (Path file : files.filter(path -> path.endsWith("recipe.json")).toList()) {
          Files.writeString(file, "{}");
        }
      }
    }
    assertThat(submitted.await().code()).isZero();
    JsonNode results = JSON.readTree(Files.readString(submitted.out()));
    assertThat(numbers(results)).isEqualTo(undisturbed);
    assertThat(cli.run("events").out()).contains(" artifact-lost ");
  }

  @Test
  void aCoordinatorThatIsKilledGoesOnWhereItWas() throws Exception {
    Cli.Running submitted = submit();
    awaitWorkerAt("recovery");
    coordinator.signal("KILL");
    coordinator.process().waitFor();
    coordinator = startCoordinator();
    assertUndisturbed(submitted);
  }
}
