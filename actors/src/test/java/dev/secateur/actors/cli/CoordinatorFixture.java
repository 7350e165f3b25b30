package dev.secateur.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.secateur.actors.node.PostgresServer;
import dev.secateur.coordinator.json.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A coordinator with two workers, as a process of its own, and a client of it. */
abstract class CoordinatorFixture {
  static final HttpClient HTTP = HttpClient.newHttpClient();
  static final Duration LONG = Duration.ofMinutes(2);

  @TempDir static Path folder;
  static Cli cli;
  static Cli.Running node;
  static String url;
  static String token;

  /** Of tests whose coordinator has its journal in PostgreSQL. */
  interface OnPostgres {}

  /** The journal's database, where it is PostgreSQL. */
  static Optional<String> database = Optional.empty();

  @BeforeAll
  static void startACoordinatorWithTwoWorkers(TestInfo test) throws Exception {
    Class<?> type = test.getTestClass().orElseThrow();
    database =
        OnPostgres.class.isAssignableFrom(type)
            ? Optional.of(PostgresServer.url(type.getSimpleName().toLowerCase(Locale.ROOT)))
            : Optional.empty();
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    url = "http://127.0.0.1:" + port;
    Path tokens = folder.resolve("tokens");
    token = new Cli(folder).run("token", tokens.toString(), "--days", "1").out().strip();
    assertThat(Files.readString(tokens)).doesNotContain(token);
    Path served = Files.createDirectories(folder.resolve("served"));
    cli =
        new Cli(
                folder,
                Map.of(
                    "SECATEUR_URL", url,
                    "SECATEUR_TOKEN", token,
                    "SECATEUR_HTTP_TOKENS", tokens.toString()))
            .clientsWith(
                "--url",
                url,
                "--token-file",
                Files.writeString(folder.resolve("token"), token).toString());
    Files.writeString(
        folder.resolve("node.conf"),
        "secateur.http.roots = [\""
            + served
            + "\"]\n"
            + database.map(url -> "secateur.journal.url = \"" + url + "\"\n").orElse(""));
    startNode();
  }

  /** Starts the node, anew where it has ended. */
  static void startNode() throws IOException {
    node =
        cli.start(
            "node",
            "--role",
            "coordinator,gpu-worker",
            "--workers",
            "2",
            "--http-port",
            url.substring(url.lastIndexOf(':') + 1),
            "--config",
            folder.resolve("node.conf").toString(),
            "--work",
            folder.resolve("work").toString());
    await().atMost(LONG).until(() -> Files.readString(node.err()).contains("API: " + url));
  }

  @AfterAll
  static void stop() throws Exception {
    node.signal("TERM");
    node.await();
  }

  /** A sweep of one recovery that takes as long as its steps. */
  static Path sweep(String name, int steps) throws IOException {
    return sweep(name, steps, "0.25");
  }

  static Path sweep(String name, int steps, String ratios) throws IOException {
    return Files.writeString(
        folder.resolve(name + ".conf"),
        """
        name = %s
        models = [demo], ratios = [%s], criteria = [l2]
        recovery { template = plain, steps = %d, batch = 2, micro-batch = 2, cutoff = 32 }
        evaluation { window = 32, windows = 2 }
        """
            .formatted(name, ratios, steps));
  }

  static Cli.Result done(String... arguments) throws Exception {
    Cli.Result result = cli.run(arguments);
    assertThat(result.code()).as(String.join(" ", arguments) + ": " + result.err()).isZero();
    return result;
  }

  /** What the API answers, without a process of the client, of which each begins for a second. */
  static JsonNode asked(String method, String path, String body) throws Exception {
    HttpResponse<String> answer = answered(method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    return Json.MAPPER.readTree(answer.body());
  }

  static HttpResponse<String> answered(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/hocon")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  /** Without a process of the client, of which each begins for a second or two. */
  static String posted(String configuration) throws Exception {
    return asked("POST", "sweeps?file=sweep.conf", configuration).get("sweep").asText();
  }

  /** Also one that has ended by itself. */
  static void cancel(String id) throws Exception {
    assertThat(answered("POST", "sweeps/" + id + "/cancel", "").statusCode()).isIn(200, 409);
  }

  static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  static JsonNode status(String id) throws Exception {
    return Json.MAPPER.readTree(done("status", id, "--json").out());
  }

  static void awaitStatus(String id, String status) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> status(id).get("status").asText().equals(status));
  }

  /** The files of a folder, without its folders. */
  static void copyFiles(Path folder, Path target) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }
}
