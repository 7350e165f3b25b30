package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.coordinator.json.Json;
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
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator and two worker processes that are killed and stopped by signal while a sweep runs.
 * Its results are those of the same sweep undisturbed. The workers have a work folder of their own,
 * so that artifacts travel.
 */
abstract class SurvivalFixture {
  static final Duration LONG = Duration.ofMinutes(2);

  /**
   * Longer than a process needs to be started again, so that its last output is told before it
   * ends.
   */
  private static final int LEASE_SECONDS = 40;

  static final String SWEEP =
      """
      name = disturbed
      models = [demo], ratios = [0.25, 0.5], criteria = [taylor-element1], attempts = 9
      calibration { samples = 4, length = 32, parts = 2 }
      recovery {
        template = plain, steps = 100, batch = 4, micro-batch = 4, warmup = 2, cutoff = 48
        ratios = [0.25], scratch { learning-rate = 1e-3 }
      }
      evaluation { window = 64, windows = 40 }
      export = true
      """;

  @TempDir static Path folder;
  static JsonNode undisturbed;
  final HttpClient http = HttpClient.newHttpClient();

  Cli cli;
  Path work;
  TcpProxy proxy;
  int httpPort;
  Cli.Running coordinator;
  Cli.Running workers;

  /** Runs a sweep by one worker in one process; to be called before all tests. */
  static void runUndisturbed(String sweep) throws Exception {
    Files.writeString(folder.resolve("sweep.conf"), sweep);
    Cli.Result result =
        new Cli(folder)
            .run(
                "run",
                folder.resolve("sweep.conf").toString(),
                "--work",
                folder.resolve("undisturbed").toString(),
                "--json");
    assertThat(result.code()).as(result.err()).isZero();
    undisturbed = numbers(Json.MAPPER.readTree(result.out()));
  }

  /** What must be the same whoever computes, and however often. */
  static JsonNode numbers(JsonNode results) {
    var all = Json.MAPPER.createArrayNode();
    for (JsonNode trial : results.get("trials")) {
      all.add(trial.get("perplexity_before"));
      all.add(trial.get("perplexity_pruned"));
      all.add(trial.get("perplexity_recovered"));
      all.add(trial.get("parameters_after"));
      all.add(trial.get("stages").get("recipe"));
    }
    return all;
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @BeforeEach
  void start() throws Exception {
    int real = freePort();
    proxy = new TcpProxy(real);
    httpPort = freePort();
    work = Files.createTempDirectory(folder, "work");
    Map<String, String> environment = new HashMap<>();
    environment.put("SECATEUR_URL", "http://127.0.0.1:" + httpPort);
    environment.put("SECATEUR_COORDINATOR_LEASE", LEASE_SECONDS + "s");
    cli = new Cli(folder, environment).clientsWith("--url", environment.get("SECATEUR_URL"));
    Files.writeString(
        folder.resolve("node.conf"),
        """
        akka.cluster.failure-detector.acceptable-heartbeat-pause = 12s
        secateur.cluster.stable-after = 5s
        akka.cluster.shutdown-after-unsuccessful-join-seed-nodes = 20s
        """);
    Files.writeString(
        folder.resolve("coordinator.conf"),
        Files.readString(folder.resolve("node.conf"))
            + "akka.remote.artery { canonical.port = %d, bind.port = %d }\n"
                .formatted(proxy.port(), real));
    coordinator = startCoordinator();
    workers = startWorkers("cpu,cpu", work.resolve("of-workers"));
    awaitWorkers(2);
  }

  Cli.Running startWorkers(String devices, Path folderOfWorkers) throws IOException {
    return startWorkers(devices, folderOfWorkers, folder.resolve("node.conf"));
  }

  Cli.Running startWorkers(String devices, Path folderOfWorkers, Path settings) throws IOException {
    return cli.start(
        "node",
        "--role",
        "gpu-worker",
        "--devices",
        devices,
        "--seed",
        "127.0.0.1:" + proxy.port(),
        "--config",
        settings.toString(),
        "--work",
        folderOfWorkers.toString());
  }

  Cli.Running startCoordinator() throws Exception {
    Cli.Running started =
        cli.start(
            "node",
            "--role",
            "coordinator",
            "--http-port",
            "" + httpPort,
            "--config",
            folder.resolve("coordinator.conf").toString(),
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
    proxy.close();
    assertThat(workers.process().descendants()).isEmpty();
  }

  JsonNode get(String path) throws Exception {
    return Json.MAPPER.readTree(text(path));
  }

  private String text(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)).build();
    return http.send(request, BodyHandlers.ofString()).body();
  }

  /** All events, as people read them. */
  String events() throws Exception {
    Cli.Result result = cli.run("events");
    assertThat(result.code()).as(result.err() + Files.readString(coordinator.err())).isZero();
    return result.out();
  }

  /** Waits for an event that says so. */
  void awaitEvent(String text) {
    await("an event with " + text)
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> text("/api/v1/events?follow=false").contains(text));
  }

  void awaitWorkers(int count) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> get("/api/v1/workers").size() == count);
  }

  /** The process of a worker that is at a stage of that kind, once there is one. */
  ProcessHandle awaitWorkerAt(String kind) {
    return await("a worker at " + kind)
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> workersAt().get(kind), Objects::nonNull);
  }

  /** The processes of workers by the kind of stage that they are at. */
  Map<String, ProcessHandle> workersAt() throws Exception {
    Map<String, ProcessHandle> found = new HashMap<>();
    for (JsonNode worker : get("/api/v1/workers")) {
      ProcessHandle process = process(worker.get("name").asText());
      if (process != null && worker.has("task")) {
        found.put(worker.at("/task/kind").asText(), process);
      }
    }
    return found;
  }

  /** The same, of those that are past a stage's beginning. */
  Map<String, ProcessHandle> workersAmidst() throws Exception {
    Map<String, ProcessHandle> found = new HashMap<>();
    for (JsonNode worker : get("/api/v1/workers")) {
      ProcessHandle process = process(worker.get("name").asText());
      if (process != null && worker.at("/task/progress/done").asInt() > 0) {
        found.put(worker.at("/task/kind").asText(), process);
      }
    }
    return found;
  }

  ProcessHandle process(String worker) {
    return workers
        .process()
        .children()
        .filter(child -> commandLine(child).contains("\0--as\0" + worker + "\0"))
        .findFirst()
        .orElse(null);
  }

  /** What ProcessHandle tells of it is cut after a page, which a class path fills. */
  static String commandLine(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc", "" + process.pid(), "cmdline"));
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  static void signal(ProcessHandle process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  Cli.Running submit() throws IOException {
    return cli.start("submit", folder.resolve("sweep.conf").toString(), "--wait", "--json");
  }

  void assertUndisturbed(Cli.Running submitted) throws Exception {
    Cli.Result result = submitted.await();
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(numbers(Json.MAPPER.readTree(result.out()))).isEqualTo(undisturbed);
    Set<String> done = new TreeSet<>();
    for (String line : cli.run("events", "--json").out().lines().toList()) {
      JsonNode event = Json.MAPPER.readTree(line);
      if (event.get("event").asText().equals("stage-completed")) {
        assertThat(done.add(event.get("stage").asText())).as("recorded once: " + line).isTrue();
      }
    }
  }
}
