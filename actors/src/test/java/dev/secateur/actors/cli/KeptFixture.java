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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A coordinator and worker nodes, each with a work folder of its own, of which artifacts of more
 * than a mebibyte stay where they are made.
 */
abstract class KeptFixture {
  static final Duration LONG = Duration.ofMinutes(3);

  @TempDir Path folder;
  final List<Cli.Running> nodes = new ArrayList<>();
  final HttpClient http = HttpClient.newHttpClient();
  int httpPort;
  int port;

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @BeforeEach
  void startCoordinator() throws Exception {
    httpPort = freePort();
    port = freePort();
    Cli.Running coordinator =
        cli(ofCoordinator())
            .start(
                "node",
                "--role",
                "coordinator",
                "--http-port",
                "" + httpPort,
                "--port",
                "" + port,
                "--work",
                folder.resolve("coordinator").toString());
    nodes.add(coordinator);
    await().atMost(LONG).until(() -> Files.readString(coordinator.err()).contains("API: "));
  }

  /** Variables of the coordinator's environment. */
  Map<String, String> ofCoordinator() throws IOException {
    return Map.of();
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).signal("TERM");
      nodes.get(i).await();
    }
  }

  Cli cli(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SECATEUR_URL", "http://127.0.0.1:" + httpPort);
    all.put("SECATEUR_EXPORT_LARGE", "1 MiB");
    all.put("SECATEUR_COORDINATOR_LEASE", "4s");
    return new Cli(folder, all);
  }

  /** A worker node of one device, whose work folder has that name. */
  Cli.Running startWorker(String name) throws Exception {
    return startWorkers(name, "cpu", Map.of());
  }

  /** A worker node, whose work folder has that name. */
  Cli.Running startWorkers(String name, String devices, Map<String, String> environment)
      throws Exception {
    int before = get("/api/v1/workers").size();
    Cli.Running worker =
        cli(environment)
            .start(
                "node",
                "--role",
                "gpu-worker",
                "--devices",
                devices,
                "--seed",
                "127.0.0.1:" + port,
                "--work",
                folder.resolve(name).toString());
    nodes.add(worker);
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> get("/api/v1/workers").size() == before + devices.split(",").length);
    return worker;
  }

  /** The machine of a worker is gone, with its disk. */
  void lose(Cli.Running worker, String name) throws Exception {
    worker.process().descendants().forEach(ProcessHandle::destroyForcibly);
    worker.process().destroyForcibly().waitFor();
    nodes.remove(worker);
    try (Stream<Path> all = Files.walk(folder.resolve(name))) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> Files.readString(eventLog()).contains("\"event\":\"node-removed\""));
  }

  Path eventLog() throws IOException {
    try (Stream<Path> logs = Files.list(folder.resolve("coordinator/logs"))) {
      return logs.findFirst().orElseThrow();
    }
  }

  JsonNode get(String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + httpPort + path)).build();
    return Json.MAPPER.readTree(http.send(request, BodyHandlers.ofString()).body());
  }

  /** A client command of this process. */
  Cli.Result client(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--url", "http://127.0.0.1:" + httpPort));
    return Cli.here(all.toArray(String[]::new));
  }

  Cli.Result done(String... arguments) {
    Cli.Result result = client(arguments);
    assertThat(result.code()).as(String.join(" ", arguments) + ": " + result.err()).isZero();
    return result;
  }

  void awaitStatus(String id, String status) {
    await("sweep " + status)
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(500))
        .until(() -> get("/api/v1/sweeps/" + id).get("status").asText().equals(status));
  }

  /** Journalled events of that name. */
  List<JsonNode> events(String name) throws Exception {
    List<JsonNode> found = new ArrayList<>();
    for (String line : done("events", "--json").out().lines().toList()) {
      JsonNode event = Json.MAPPER.readTree(line);
      if (event.get("event").asText().equals(name)) {
        found.add(event);
      }
    }
    return found;
  }

  /** The artifacts that are in a work folder and not in the coordinator's. */
  Set<String> kept(String name) throws IOException {
    Set<String> kept = artifacts(name);
    kept.removeAll(artifacts("coordinator"));
    return kept;
  }

  private Set<String> artifacts(String name) throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve(name).resolve("artifacts"))) {
      return all.map(path -> path.getFileName().toString())
          .filter(file -> file.matches("[0-9a-f]{40}"))
          .collect(Collectors.toSet());
    }
  }
}
